namespace SniProxy.Core.Policies;

/// <summary>The bundles that a policy's <c>use</c> can name; each is read when it is first asked for.</summary>
/// <param name="place">Where they lie, for errors.</param>
/// <param name="names">Of all that there are.</param>
/// <param name="read">Reads one of them, see <see cref="BundleReader"/>.</param>
public sealed class BundleShelf(string place, IReadOnlyCollection<string> names, Func<string, PolicyReading> read)
{
    public static BundleShelf None { get; } = new("nowhere", [], name => throw new KeyNotFoundException(name));

    public string Place => place;

    public IReadOnlyCollection<string> Names => names;

    /// <param name="name">One of <see cref="Names"/>.</param>
    public PolicyReading Read(string name) => read(name);
}
