namespace SniProxy.Flows;

/// <summary>Whoever carries a flow's bytes and can be made to stop waiting.</summary>
internal interface IFlowCarrier
{
    /// <summary>Called from any thread when the deadline has passed or the flow was closed.</summary>
    void Interrupt();
}
