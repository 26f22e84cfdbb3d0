using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Sandboxes;

namespace SniProxy.Hosting.Configuration;

/// <summary>Reads what says who sandboxes are: bindings, sandboxes, and the addresses that the guard leaves out.</summary>
internal static class SandboxSections
{
    public static List<Binding> ReadBindings(ConfigurationSectionReader policies)
    {
        var bindings = new List<Binding>();
        foreach (var binding in policies.List("Bindings"))
        {
            var source = ReadBlock(binding, "Source", binding.Text("Source"));
            var byInterface = binding.Text("Interface");
            bindings.Add(new Binding(binding.RequiredText("Policy"), source, byInterface, binding.Map("Labels")));
            if (source is null && byInterface is null)
            {
                binding.Fail(string.Empty, "fits every source", "Write a Source such as \"10.77.0.0/16\", an Interface, or both.");
            }

            binding.Finish();
        }

        return bindings;
    }

    public static List<SandboxRegistration> ReadSandboxes(ConfigurationSectionReader root)
    {
        var sandboxes = new List<SandboxRegistration>();
        foreach (var sandbox in root.List("Sandboxes"))
        {
            var addresses = new List<Address>();
            foreach (var text in sandbox.Texts("Addresses", []))
            {
                if (Address.TryParse(text, out var address))
                {
                    addresses.Add(address);
                }
                else
                {
                    sandbox.Fail("Addresses", $"\"{text}\" is not an address", "Write for example \"10.77.0.2\" or \"fd77::2\".");
                }
            }

            var registration = new SandboxRegistration
            {
                Id = sandbox.RequiredText("Id"),
                Addresses = addresses,
                Interface = sandbox.Text("Interface"),
                Policy = sandbox.Text("Policy"),
                Mode = sandbox.Choice<Mode>("Mode"),
                Strict = sandbox.Flag("Strict") ?? false,
                Paused = sandbox.Flag("Paused") ?? false,
                Labels = sandbox.Map("Labels"),
            };
            if (addresses.Count == 0)
            {
                sandbox.Fail("Addresses", "is empty", "Write the sandbox's addresses: without one nothing can be known to come from it.");
            }

            sandbox.Finish();
            sandboxes.Add(registration);
        }

        CheckOwners(root, sandboxes);
        return sandboxes;
    }

    public static List<Cidr> ReadGuard(ConfigurationSectionReader guard)
    {
        var blocks = new List<Cidr>();
        foreach (var text in guard.Texts("Exempt", []))
        {
            if (ReadBlock(guard, "Exempt", text) is { } block)
            {
                blocks.Add(block);
            }
        }

        guard.Finish();
        return blocks;
    }

    public static Cidr? ReadBlock(ConfigurationSectionReader section, string key, string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (Cidr.TryParse(text, out var block) == CidrSyntax.Valid)
        {
            return block;
        }

        section.Fail(key, $"\"{text}\" is not a block of addresses", "Write for example \"10.77.0.0/16\", \"fd77::/64\" or one address.");
        return null;
    }

    // Of two sandboxes with one id, or one address on the same ingress, only one could ever be found.
    private static void CheckOwners(ConfigurationSectionReader root, List<SandboxRegistration> sandboxes)
    {
        foreach (var twice in sandboxes.GroupBy(sandbox => sandbox.Id, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            root.Fail("Sandboxes", $"two sandboxes have the Id \"{twice.Key}\"", "Give each an Id of its own.");
        }

        var claims = sandboxes
            .SelectMany(sandbox => sandbox.Addresses.Select(address => (Address: address, sandbox.Interface, sandbox.Id)))
            .Distinct()
            .GroupBy(claim => (claim.Address, claim.Interface));
        foreach (var shared in claims.Where(group => group.Count() > 1))
        {
            var owners = string.Join(" and ", shared.Select(claim => $"\"{claim.Id}\""));
            var problem = $"{owners} have the address {shared.Key.Address} in common";
            root.Fail("Sandboxes", problem, "Give each addresses of its own, or name their Interface.");
        }
    }
}
