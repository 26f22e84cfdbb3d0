namespace SniProxy.Flows;

/// <summary>How much of the appliance all sandboxes together, and each alone, may hold.</summary>
/// <param name="MaxFlows">Open flows in all; what the descriptor limit leaves room for unless configured.</param>
/// <param name="MaxFlowsPerSandbox">Open flows of one sandbox.</param>
/// <param name="NewFlowsPerSecondPerSandbox">Rate of new flows of one sandbox, with a burst of one second's worth.</param>
internal sealed record FlowLimits(int MaxFlows, int MaxFlowsPerSandbox, int NewFlowsPerSecondPerSandbox);
