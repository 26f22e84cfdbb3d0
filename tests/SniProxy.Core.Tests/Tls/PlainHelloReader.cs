using System.Text;

namespace SniProxy.Core.Tests.Tls;

/// <summary>
/// A second opinion on the first bytes of a connection, written straight from the RFCs with arrays and exceptions, slowly: it answers with the
/// server name, "" for a proper hello without one, or null for anything the reader must not accept.
/// </summary>
internal static class PlainHelloReader
{
    public static string? Read(byte[] wire)
    {
        try
        {
            var message = Join(new Queue<byte>(wire));
            return message is null ? null : ReadBody(message);
        }
        catch (Exception end) when (end is InvalidOperationException or InvalidDataException)
        {
            return null;
        }
    }

    private static byte[]? Join(Queue<byte> wire)
    {
        var message = new List<byte>();
        while (true)
        {
            if (wire.Dequeue() != 22 || wire.Dequeue() != 3)
            {
                return null;
            }

            wire.Dequeue();
            var length = Number(wire, 2);
            if (length is 0 or > 16384)
            {
                return null;
            }

            message.AddRange(Take(wire, length));
            if (message[0] != 1)
            {
                return null;
            }

            if (message.Count < 4)
            {
                continue;
            }

            var expected = 4 + (message[1] << 16) + (message[2] << 8) + message[3];
            if (expected > 32768 || message.Count > expected)
            {
                return null;
            }

            if (message.Count == expected)
            {
                return [.. message.Skip(4)];
            }
        }
    }

    private static string? ReadBody(byte[] message)
    {
        var body = new Queue<byte>(message);
        Take(body, 34);
        var sessionId = Vector(body, 1);
        var cipherSuites = Vector(body, 2);
        var compressionMethods = Vector(body, 1);
        if (sessionId.Count > 32 || cipherSuites.Count < 2 || cipherSuites.Count % 2 != 0 || compressionMethods.Count == 0)
        {
            return null;
        }

        var extensions = body.Count == 0 ? [] : Vector(body, 2);
        Require(body.Count == 0);
        var seen = new HashSet<int>();
        var name = "";
        while (extensions.Count > 0)
        {
            var type = Number(extensions, 2);
            var extension = Vector(extensions, 2);
            Require(seen.Add(type));
            switch (type)
            {
                case 0:
                    name = ReadServerName(extension);
                    break;
                case 16:
                    var protocols = Vector(extension, 2);
                    Require(protocols.Count > 0 && extension.Count == 0);
                    while (protocols.Count > 0)
                    {
                        Require(Vector(protocols, 1).Count > 0);
                    }

                    break;
                case 0xfe0d:
                    Require(extension.Dequeue() == 0);
                    break;
                default:
                    break;
            }
        }

        return name;
    }

    private static string ReadServerName(Queue<byte> extension)
    {
        var list = Vector(extension, 2);
        Require(list.Dequeue() == 0);
        var bytes = Vector(list, 2).ToArray();
        Require(list.Count == 0 && extension.Count == 0 && bytes.Length > 0);
        var name = Encoding.Latin1.GetString(bytes).ToLowerInvariant();
        if (name.Contains(':') && System.Net.IPAddress.TryParse(name, out _) && !name.Contains('%') && !name.Contains('['))
        {
            return "";
        }

        name = name.EndsWith('.') ? name[..^1] : name;
        var labels = name.Split('.');
        Require(name.Length <= 253 && labels.All(label => label.Length is > 0 and <= 63 && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')));
        var isNumber = labels[^1].All(char.IsAsciiDigit) || (labels[^1].StartsWith("0x", StringComparison.Ordinal) && labels[^1][2..].All(char.IsAsciiHexDigit));
        return isNumber ? "" : name;
    }

    private static Queue<byte> Vector(Queue<byte> from, int lengthBytes) => new(Take(from, Number(from, lengthBytes)));

    private static byte[] Take(Queue<byte> from, int count)
    {
        Require(count <= from.Count);
        return [.. Enumerable.Range(0, count).Select(_ => from.Dequeue())];
    }

    private static int Number(Queue<byte> from, int bytes) => Take(from, bytes).Aggregate(0, (number, value) => (number << 8) + value);

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new InvalidDataException();
        }
    }
}
