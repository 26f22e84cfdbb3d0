using System.Buffers;

namespace SniProxy.Core.Http;

/// <summary>
/// Turns a head as clients send it to a proxy into the one an origin server expects (RFC 9112 section 3.2.1): the target loses its
/// authority, fields for the proxy go, all other bytes stay as they are.
/// </summary>
public static class OriginForm
{
    /// <summary>
    /// Writes the new head. <paramref name="wire"/> is the head's own bytes, of which <paramref name="head"/> was read. A head in another
    /// form than the absolute one keeps its target.
    /// </summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> wire, RequestHead head)
    {
        // An empty line before the request is left out.
        var lines = wire[..head.Length].TrimStart("\r\n"u8);
        var target = head.Target.Of(wire);
        var line = TakeLine(ref lines);
        output.Write(line[..line.IndexOf((byte)' ')]);
        output.Write(" "u8);
        WriteTarget(output, target, head);
        output.Write(line[line.LastIndexOf((byte)' ')..]);
        output.Write("\r\n"u8);
        if (!head.HasHost && head.Form == TargetForm.Absolute)
        {
            // HTTP/1.0 need not have one, but the origin would not learn its name then.
            output.Write("Host: "u8);
            output.Write(head.TargetAuthority.Of(wire));
            output.Write("\r\n"u8);
        }

        while (!lines.IsEmpty)
        {
            var field = TakeLine(ref lines);
            if (!IsForProxy(field))
            {
                output.Write(field);
                output.Write("\r\n"u8);
            }
        }
    }

    private static void WriteTarget(IBufferWriter<byte> output, ReadOnlySpan<byte> target, RequestHead head)
    {
        if (head.Form != TargetForm.Absolute)
        {
            output.Write(target);
            return;
        }

        var path = target[(head.TargetAuthority.Start - head.Target.Start + head.TargetAuthority.Length)..];
        if (path.IsEmpty && head.Method == RequestMethod.Options)
        {
            // RFC 9112 section 3.2.4.
            output.Write("*"u8);
            return;
        }

        output.Write(path is [(byte)'/', ..] ? default : "/"u8);
        output.Write(path);
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOf("\r\n"u8);
        var line = end < 0 ? lines : lines[..end];
        lines = end < 0 ? default : lines[(end + 2)..];
        return line;
    }

    // Proxy-Authorization above all: the origin must never see it.
    private static bool IsForProxy(ReadOnlySpan<byte> field) => field.Length > 6 && field[..6].Is("Proxy-"u8);
}
