using SniProxy.Core.Addresses;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>Which addresses stand for names, and for how many.</summary>
/// <param name="Blocks">The pool's blocks.</param>
/// <param name="NamesPerSandbox">Names that have addresses at a time; one more is answered with a failure until another one may go.</param>
internal sealed record SyntheticOptions(IReadOnlyList<Cidr> Blocks, int NamesPerSandbox = SyntheticOptions.UsualNames)
{
    /// <summary>About 20 MB for a sandbox that does its worst.</summary>
    public const int UsualNames = 65_536;

    /// <summary>What is wrong with the blocks, with the key's name; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        const string key = "SniProxy:Dns:SyntheticPool";
        var errors = new List<string>();
        for (var i = 0; i < Blocks.Count; i++)
        {
            if (SpecialAddresses.Classify(Blocks[i].Network) == AddressClass.Never || SpecialAddresses.Classify(Blocks[i].Last) == AddressClass.Never)
            {
                errors.Add($"{key}:{i} is {Blocks[i]}, whose addresses no client connects to; write blocks such as \"198.18.0.0/15\" and \"fd98:18::/64\"");
            }

            if (Blocks.Take(i).FirstOrDefault(other => other.Contains(Blocks[i]) || Blocks[i].Contains(other)) is var twice && twice != default)
            {
                errors.Add($"{key}:{i} is {Blocks[i]}, which overlaps {twice}; write each address in one block only");
            }
        }

        if (new SyntheticPool(Blocks).Capacity == 0)
        {
            errors.Add($"{key} has no address; write blocks such as \"198.18.0.0/15\" and \"fd98:18::/64\"");
        }

        return errors;
    }
}
