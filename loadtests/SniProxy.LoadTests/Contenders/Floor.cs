namespace SniProxy.LoadTests.Contenders;

/// <summary>No proxy but a measure: the fewest system calls by which a connection can be refused with an alert, or led on. See tools/floor.c.</summary>
internal sealed class Floor(int port, string tools) : Contender(Key, port)
{
    public const string Key = "floor";

    public override string[] Configure(string folder, HostMap hosts) => [$"{tools}/floor", $"{Port}"];
}
