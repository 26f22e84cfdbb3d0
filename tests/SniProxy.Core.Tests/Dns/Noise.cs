using SniProxy.Core.Dns;

namespace SniProxy.Core.Tests.Dns;

/// <summary>Messages that are nearly right, the same ones for the same seed.</summary>
internal static class Noise
{
    public static byte[] Mutate(Random random, byte[] message)
    {
        var bytes = new List<byte>(message);
        for (var i = random.Next(4); i >= 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 5), bytes.Count - at));
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                case 5:
                    bytes[at] = (byte)(0xc0 | random.Next(2));
                    break;
                case 6:
                    bytes[random.Next(Math.Min(DnsHeader.Size, bytes.Count))] = (byte)random.Next(4);
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }
}
