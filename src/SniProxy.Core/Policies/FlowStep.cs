namespace SniProxy.Core.Policies;

/// <summary>What the door does next. Zero refuses.</summary>
public enum FlowStep : byte
{
    Refuse = 0,

    /// <summary>Resolve the flow's name and ask <see cref="Judge.Finish"/>.</summary>
    Resolve,

    /// <summary>Dial what was decided.</summary>
    Dial,
}
