using System.Globalization;
using System.Net;
using SniProxy.LoadTests;

// loadtests/run.sh lays the network out and calls these.
switch (args)
{
    case ["serve", var address, var resolver]:
        await Server.RunAsync(IPAddress.Parse(address), IPAddress.Parse(resolver));
        return 0;
    case ["measure", var way, var address, var resolver, var seconds, var file]:
        await Measurement.RunAsync(way, IPAddress.Parse(address), IPAddress.Parse(resolver), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)), file);
        return 0;
    case ["report", var file]:
        Report.Print(file, Console.Out);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: serve ADDRESS RESOLVER | measure direct|through ADDRESS RESOLVER SECONDS FILE | report FILE");
        return 2;
}
