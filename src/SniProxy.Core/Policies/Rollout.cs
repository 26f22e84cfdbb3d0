namespace SniProxy.Core.Policies;

/// <summary>Which sandboxes belong to a share of all: the same ones each time, and those of a smaller share are among those of a larger.</summary>
public static class Rollout
{
    /// <param name="policy">The policy's name, so that two policies do not begin with the same sandboxes.</param>
    /// <param name="sandboxId">The sandbox.</param>
    /// <param name="percent">0 includes none, 100 all.</param>
    public static bool Includes(string policy, string sandboxId, int percent) => percent >= 100 || Hash(policy, sandboxId) % 100 < (ulong)Math.Max(percent, 0);

    // FNV-1a over both, with a separator that neither holds, and a last stir (from SplitMix64) because its low bits mix poorly.
    private static ulong Hash(string policy, string sandboxId)
    {
        var hash = Add(Add(Add(14695981039346656037, policy), "\0"), sandboxId);
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
        return hash ^ (hash >> 31);
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return hash;
    }
}
