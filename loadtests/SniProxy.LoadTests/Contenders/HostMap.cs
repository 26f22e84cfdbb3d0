namespace SniProxy.LoadTests.Contenders;

/// <summary>The hosts that may be reached, and their addresses: what every contender has to look up.</summary>
internal sealed record HostMap(int Count)
{
    public const int UsualCount = 1000;

    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    // The first hosts last: where only these are asked for, a list that is searched from its beginning shows.
    public IEnumerable<(string Name, string Address)> All => Enumerable.Range(0, Count).Reverse().Select(i => (NameOf(i), Network.Servers[i % Network.Servers.Count]));

    /// <summary>Names that nothing allows, as many and as long as the usual hosts.</summary>
    public static IEnumerable<string> Denied => Enumerable.Range(0, UsualCount).Select(i => $"d{i:D5}.load.example");

    // A policy document may have 1 MiB: those that nobody asks for, and only make up the number, are short.
    private static string NameOf(int index) => index < UsualCount ? $"h{index:D5}.load.example" : $"z{InBase36(index)}.x";

    private static string InBase36(int number) => number < Digits.Length ? $"{Digits[number]}" : InBase36(number / Digits.Length) + Digits[number % Digits.Length];
}
