using SniProxy.Core.Contract;

namespace SniProxy.Flows;

/// <summary>Why a flow that had been let through was ended: its event tells it.</summary>
internal sealed record Revocation(Reason Reason, string Words);
