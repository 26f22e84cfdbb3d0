using System.Buffers;

namespace SniProxy.Proxy.Connections;

/// <summary>What a peek found.</summary>
/// <param name="Bytes">All unconsumed bytes; valid until the next call on the connection.</param>
/// <param name="Status">Whether more can come.</param>
internal readonly record struct PeekedBytes(ReadOnlySequence<byte> Bytes, PeekStatus Status);
