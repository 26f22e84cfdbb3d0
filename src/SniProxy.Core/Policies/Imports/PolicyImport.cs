namespace SniProxy.Core.Policies.Imports;

/// <summary>Translates the egress policies of others. What cannot be kept is refused, never dropped: half a policy is another policy.</summary>
public static class PolicyImport
{
    /// <param name="kind">Whose document it is.</param>
    /// <param name="root">The document.</param>
    /// <param name="file">Where it comes from.</param>
    /// <param name="name">The name of the policy that is made of it.</param>
    /// <param name="part">Which of its services or jobs is meant, where it has several.</param>
    public static ImportResult Read(ForeignKind kind, DocumentNode root, string file, string name, string? part = null)
    {
        var reader = new ForeignReader(file);
        var policy = kind switch
        {
            ForeignKind.E2b => E2bImport.Read(reader, root),
            ForeignKind.Vercel => VercelImport.Read(reader, root),
            ForeignKind.Smokescreen => SmokescreenImport.Read(reader, root, part),
            ForeignKind.HardenRunner => HardenRunnerImport.Read(reader, root, part),
            ForeignKind.OpenSandbox => OpenSandboxImport.Read(reader, root),
            ForeignKind.Docker => DockerImport.Read(reader, root),
            _ => SrtImport.Read(reader, root),
        };
        if (policy.DeniesNamesBeforeOthersPass)
        {
            reader.Remark(
                root, string.Empty, "names are denied before others are let through, and where no name can be read it could be one of those: such connections are denied here",
                "if they are needed, allow their addresses by a rule at the top of the policy");
        }

        if (policy.PassesAddressesThatNothingNames)
        {
            reader.Remark(
                root, string.Empty, "what is not listed passes there, and TLS to an address that no rule lists does not here: its name has to be one that was resolved here",
                "if such connections are needed, allow their addresses by rules with tcp://");
        }

        PolicyError[] refusals = [.. reader.Refusals.OrderBy(refusal => refusal.Line).ThenBy(refusal => refusal.Column)];
        return new ImportResult(refusals.Length == 0 ? policy.ToDocument(name) : null, refusals, reader.Remarks);
    }
}
