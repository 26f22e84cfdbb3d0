using SniProxy.Core.Contract;

namespace SniProxy.Proxy.Connections;

/// <summary>What may become of a client's bytes. The default value refuses.</summary>
/// <param name="Kind">Forward, wait, finish or refuse.</param>
/// <param name="Bytes">How many of the unforwarded bytes this is about.</param>
/// <param name="Words">For <see cref="GateAnswerKind.Replace"/> what the server gets instead of them; for
/// <see cref="GateAnswerKind.Refuse"/> what the client is told, empty for a reset.</param>
/// <param name="Ending">For <see cref="GateAnswerKind.Refuse"/> how the flow ends by it.</param>
internal readonly record struct GateAnswer(
    GateAnswerKind Kind, long Bytes = 0, ReadOnlyMemory<byte> Words = default, Ending Ending = default)
{
    public static GateAnswer Wait => new(GateAnswerKind.Wait);

    public static GateAnswer Finish => new(GateAnswerKind.Finish);

    public static GateAnswer Forward(long bytes) => new(GateAnswerKind.Forward, bytes);

    public static GateAnswer Replace(long bytes, ReadOnlyMemory<byte> by) => new(GateAnswerKind.Replace, bytes, by);

    public static GateAnswer Refuse(ReadOnlyMemory<byte> lastWords, Ending ending = Ending.RequestRefused) =>
        new(GateAnswerKind.Refuse, 0, lastWords, ending);
}
