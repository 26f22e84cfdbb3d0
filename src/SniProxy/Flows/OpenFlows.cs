namespace SniProxy.Flows;

/// <summary>The flows that are open, side by side, so that one comes and goes without anything being made for it. Under its owner's lock.</summary>
internal sealed class OpenFlows
{
    private Flow[] flows = new Flow[1024];

    public int Count { get; private set; }

    public void Add(Flow flow)
    {
        if (Count == flows.Length)
        {
            Array.Resize(ref flows, flows.Length * 2);
        }

        flow.Place = Count;
        flows[Count++] = flow;
    }

    /// <summary>False where it is not among them any more.</summary>
    public bool Remove(Flow flow)
    {
        if (flow.Place < 0)
        {
            return false;
        }

        // The last one takes its place.
        var last = flows[--Count];
        flows[flow.Place] = last;
        last.Place = flow.Place;
        flows[Count] = null!;
        flow.Place = -1;
        return true;
    }

    public Flow[] ToArray() => flows[..Count];

    /// <summary>Copies them into a list that is used again and again; what was in it before is gone.</summary>
    public void CopyTo(List<Flow> copy)
    {
        copy.Clear();
        copy.AddRange(flows.AsSpan(0, Count));
    }
}
