using System.Globalization;
using System.Text;

namespace SniProxy.Benchmarks;

/// <summary>Writes what was measured, beside what was aimed at.</summary>
internal sealed class BenchmarksPage(Measured deciding, Measured compiling)
{
    private const int Most = 100_000;
    private const double Mebibyte = 1 << 20;
    private static readonly int[] Sizes = [100, 1_000, 10_000, Most];
    private static readonly int[] EntriesOfARule = [1, 10, Most];

    private readonly List<double> latencies = [.. MemoryBytes.Select(MemoryLatency.Of)];

    private static IEnumerable<int> MemoryBytes => [256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20];

    public IReadOnlyList<Aim> Aims =>
    [
        Aim.Under("a verdict over 100 entries", 150, Compiled(100), "ns"),
        Aim.Under("a verdict over 10,000 entries", 400, Compiled(10_000), "ns"),
        Aim.Under("a verdict over 100,000 entries", 500, Compiled(Most), "ns"),
        Aim.Under("growth from 1,000 entries to 100,000", 2, Compiled(Most) / Compiled(1_000), "times"),
        Aim.Nothing("allocated by any of these verdicts, at most", Sizes.SelectMany(size => Enum.GetValues<DestinationKind>().Select(kind => Allocated(size, kind))).Max(), "bytes"),
        Aim.Under("compiling 100,000 entries, the slowest shape", 1_000, EntriesOfARule.Max(CompilingTime), "ms"),
        Aim.Under("allocated by compiling 100,000 entries, the largest shape", 100, EntriesOfARule.Max(CompilingBytes), "MiB"),
    ];

    public string Write(string commit)
    {
        var page = new StringBuilder();
        page.AppendLine("# What deciding and compiling cost").AppendLine();
        page.AppendLine("Written by `loadtests/benchmarks.sh`. Figures belong to the machine; the ratios say more.").AppendLine();
        page.AppendLine("```");
        page.AppendLine(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, commit {commit}");
        page.AppendJoin('\n', deciding.Host).AppendLine().AppendLine("```").AppendLine();
        WriteAims(page);
        WriteDeciding(page);
        WriteCompiling(page);
        WriteMemory(page);
        return page.ToString();
    }

    private void WriteAims(StringBuilder page)
    {
        page.AppendLine("| Figure, median | Aim | Measured | |").AppendLine("|---|---|---|---|");
        foreach (var aim in Aims)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"| {aim.What} | {aim.Wanted} | {aim.Measured} | {(aim.IsReached ? "reached" : "**missed**")} |");
        }

        page.AppendLine();
    }

    private void WriteDeciding(StringBuilder page)
    {
        page.AppendLine("## Deciding").AppendLine();
        page.AppendLine("""
            What is measured is `Judge.Begin`, as a TLS connection asks it: the guard with the appliance's own addresses, listeners and sandboxes, then the rules. Of twenty
            entries twelve are names, four have wildcards, three are IPv4 blocks of every length from 12 to 32, one is an IPv6 block; ten stand in a rule, and
            one rule in seven denies. Asked are 65,536 destinations, drawn from all entries, one after the other in no order: the names lie in memory
            in the order of asking, as those of a client that has just been read do, but where the table is read is left to chance, so that no cache is warmer
            than it would be. The aims are about the mixture. Beside it, in the same run, the walk over all rules and entries that the tests hold the table against.
            """).AppendLine();
        page.AppendLine("| Entries | Destination | Median | Walked | Ratio | Allocated |").AppendLine("|--:|---|--:|--:|--:|--:|");
        foreach (var size in Sizes)
        {
            foreach (var kind in Enum.GetValues<DestinationKind>())
            {
                var (compiled, walked) = (Compiled(size, kind), Walked(size, kind));
                page.AppendLine(CultureInfo.InvariantCulture, $"| {size:#,0} | {Words(kind)} | {compiled:#,0} ns | {walked:#,0} ns | 1 : {walked / compiled:#,0.#} | {Allocated(size, kind):0} B |");
            }
        }

        page.AppendLine();
    }

    private void WriteCompiling(StringBuilder page)
    {
        page.AppendLine("## Compiling 100,000 entries").AppendLine();
        page.AppendLine("Of a document that has been read. What stays is what the policy holds beyond its document.").AppendLine();
        page.AppendLine("| Entries of a rule | Median | Allocated | Stays |").AppendLine("|--:|--:|--:|--:|");
        foreach (var entries in EntriesOfARule)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"| {entries:#,0} | {CompilingTime(entries):#,0} ms | {CompilingBytes(entries):#,0.0} MiB | {CompilingBenchmarks.Held(Most, entries) / Mebibyte:#,0.0} MiB |");
        }

        page.AppendLine();
    }

    private void WriteMemory(StringBuilder page)
    {
        page.AppendLine("## What the machine's memory gave").AppendLine();
        page.AppendLine("""
            A read of memory that lies apart, by how much is read in no order, right after the benchmarks. The table of 100,000 entries holds about 12 MiB that verdicts touch,
            and a verdict waits for three such reads: for the hash, for the entry's place and for its text. Where neighbours leave no cache to
            a virtual machine, that is most of a verdict over many entries, and nearly all of its growth.
            """).AppendLine();
        page.AppendLine("| Memory | One read |").AppendLine("|--:|--:|");
        foreach (var (bytes, nanoseconds) in MemoryBytes.Zip(latencies))
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"| {bytes >> 10:#,0} KiB | {nanoseconds:#,0} ns |");
        }
    }

    private static string Words(DestinationKind kind) => kind switch
    {
        DestinationKind.Name => "an exact name",
        DestinationKind.Wildcard => "a wildcard",
        DestinationKind.Block => "an address in a block",
        DestinationKind.Nothing => "nothing: denied by default",
        _ => "a mixture of these",
    };

    private double Compiled(int entries, DestinationKind kind = DestinationKind.Mixed) => deciding.Median(nameof(DecidingBenchmarks.Compiled), Case(entries, kind));

    private double Walked(int entries, DestinationKind kind) => deciding.Median(nameof(DecidingBenchmarks.Walked), Case(entries, kind));

    private double Allocated(int entries, DestinationKind kind) => deciding.Allocated(nameof(DecidingBenchmarks.Compiled), Case(entries, kind));

    private double CompilingTime(int entriesOfARule) => compiling.Milliseconds(nameof(CompilingBenchmarks.Compiling), Shape(entriesOfARule));

    private double CompilingBytes(int entriesOfARule) => compiling.Allocated(nameof(CompilingBenchmarks.Compiling), Shape(entriesOfARule)) / Mebibyte;

    private static (string, object)[] Case(int entries, DestinationKind kind) => [(nameof(DecidingBenchmarks.Entries), entries), (nameof(DecidingBenchmarks.Kind), kind)];

    private static (string, object)[] Shape(int entriesOfARule) => [(nameof(CompilingBenchmarks.EntriesOfARule), entriesOfARule)];
}
