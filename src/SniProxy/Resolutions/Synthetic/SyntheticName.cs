using SniProxy.Core.Names;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>A name of one sandbox and the slot whose addresses stand for it; guarded by the lock of its <see cref="SyntheticNames"/>.</summary>
internal sealed class SyntheticName
{
    public SyntheticName(HostName name, int slot)
    {
        Name = name;
        Slot = slot;
        Place = new LinkedListNode<SyntheticName>(this);
    }

    public HostName Name { get; }

    public int Slot { get; }

    /// <summary>The sandbox may have heard of it: its addresses mean this name from now on.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Until it is stored nobody may hear of it: a restart would make something else of its addresses.</summary>
    public bool WaitsForStore { get; init; }

    /// <summary>When it was last answered: a timestamp of the map's clock.</summary>
    public long AnsweredAt { get; set; }

    /// <summary>Flows that lead to it and still last.</summary>
    public int Flows { get; set; }

    /// <summary>Its place among the sandbox's names, the one answered longest ago first.</summary>
    public LinkedListNode<SyntheticName> Place { get; }
}
