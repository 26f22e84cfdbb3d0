using SniProxy.Core.Contract;

namespace SniProxy.Flows;

/// <summary>Why a flow that had been let through was ended: its event tells it.</summary>
/// <param name="Reason">Stable, for programs.</param>
/// <param name="Words">For people.</param>
/// <param name="LastWords">What the client is told in its protocol while it has heard nothing yet; empty where there is nothing to say.</param>
internal sealed record Revocation(Reason Reason, string Words, ReadOnlyMemory<byte> LastWords = default);
