using System.Net;

namespace SniProxy.Lab.Ground;

/// <summary>A host of the lab's internet: a name and one address a family.</summary>
public sealed record Place(string Name, IPAddress V4, IPAddress V6)
{
    public Place(string name, string v4, string v6)
        : this(name, IPAddress.Parse(v4), IPAddress.Parse(v6))
    {
    }

    public IPAddress At(Family family) => family == Family.IPv4 ? V4 : V6;

    public IPEndPoint At(Family family, int port) => new(At(family), port);

    /// <summary>The address as it stands in a URL.</summary>
    public string InUrl(Family family) => family == Family.IPv4 ? V4.ToString() : $"[{V6}]";

    public override string ToString() => Name;
}
