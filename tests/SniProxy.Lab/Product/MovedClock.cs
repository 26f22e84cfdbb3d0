using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>All clocks of a program that is started by <see cref="Launcher"/>, put on by hand (libfaketime): what lasts minutes passes at once.</summary>
public sealed class MovedClock : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"sniproxy-lab-clock-{Guid.NewGuid():n}");

    public MovedClock() => Advance(TimeSpan.Zero);

    public string[] Launcher => ["env", $"LD_PRELOAD={Library}", $"FAKETIME_TIMESTAMP_FILE={_file}", "FAKETIME_NO_CACHE=1"];

    private static string Library => Directory.EnumerateFiles("/usr/lib", "libfaketime.so.1", SearchOption.AllDirectories).FirstOrDefault()
        ?? throw new LabException("libfaketime is missing: install the package faketime.");

    /// <summary>So far from the true time, from now on.</summary>
    public void Advance(TimeSpan by) => File.WriteAllText(_file, $"+{(int)by.TotalSeconds}");

    public void Dispose() => File.Delete(_file);
}
