namespace SniProxy.Core.Tests.Tls;

/// <summary>
/// Makes improper hellos from proper ones: bits and bytes anywhere, and lengths, types, pieces and records where the structure has them.
/// The same seed makes the same inputs.
/// </summary>
internal sealed class HelloMutator
{
    private const int MaxLength = 3000;

    private static readonly byte[] Telling = [0, 1, 2, 3, 4, 5, 15, 16, 20, 21, 22, 23, 0x2e, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xfe, 0xff];

    private readonly Random random;
    private readonly (byte[] Wire, int[] Lengths, int[] Types)[] proper;
    private readonly byte[] input = new byte[16384];
    private readonly byte[] scratch = new byte[16384];
    private int length;

    public HelloMutator(int seed, IEnumerable<byte[]> wires)
    {
        random = new Random(seed);
        proper = [.. wires.Where(wire => wire.Length is > 60 and < MaxLength).Select(wire => (wire, LengthsOf(wire, out var types), types))];
    }

    /// <summary>The next input; overwritten by the one after it.</summary>
    public ArraySegment<byte> Next()
    {
        var (wire, lengths, types) = proper[random.Next(proper.Length)];
        wire.CopyTo(input, 0);
        length = wire.Length;
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            Mutate(lengths, types);
        }

        if (random.Next(3) == 0)
        {
            MendOuterLengths();
        }

        if (random.Next(8) == 0)
        {
            Rerecord(random.Next(4) switch { 0 => 1, 1 => random.Next(2, 8), 2 => random.Next(8, 300), _ => random.Next(300, 2000) });
        }

        return new ArraySegment<byte>(input, 0, length);
    }

    private void Mutate(int[] lengths, int[] types)
    {
        var at = random.Next(Math.Max(1, length));
        switch (random.Next(13))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                input[at] = (byte)random.Next(256);
                break;
            case 2:
                input[at] = Telling[random.Next(Telling.Length)];
                break;
            case 3 or 4:
                input[lengths[random.Next(lengths.Length)]] += (byte)random.Next(-4, 5);
                break;
            case 5:
                input[lengths[random.Next(lengths.Length)]] = Telling[random.Next(Telling.Length)];
                break;
            case 6 when types.Length > 0:
                SetType(types[random.Next(types.Length)]);
                break;
            case 7:
                Replace(at, random.Next(1, 12), []);
                break;
            case 8:
                random.NextBytes(scratch.AsSpan(0, 20));
                Replace(at, 0, scratch.AsSpan(0, random.Next(1, 20)));
                break;
            case 9:
                var count = Math.Min(random.Next(1, 120), length - at);
                input.AsSpan(at, count).CopyTo(scratch);
                Replace(random.Next(length + 1), 0, scratch.AsSpan(0, count));
                break;
            case 10 when random.Next(3) == 0:
                length = at;
                break;
            case 11:
                var other = proper[random.Next(proper.Length)].Wire;
                var from = random.Next(other.Length);
                Replace(at, random.Next(200), other.AsSpan(from, Math.Min(random.Next(200), other.Length - from)));
                break;
            default:
                MutateName();
                break;
        }
    }

    // Types that mean something here are the ones worth having twice.
    private void SetType(int at)
    {
        ReadOnlySpan<ushort> types = [0, 16, 43, 0xfe0d, 0xffce, 41, 0x0a0a];
        var type = types[random.Next(types.Length)];
        (input[at], input[at + 1]) = ((byte)(type >> 8), (byte)type);
    }

    private void MutateName()
    {
        var at = input.AsSpan(0, length).IndexOf("example"u8);
        if (at > 0)
        {
            var letters = "aZ09-_..::\0 \xff%"u8;
            input[Math.Max(0, at - 8 + random.Next(16))] = letters[random.Next(letters.Length)];
        }
    }

    private void Replace(int at, int removed, ReadOnlySpan<byte> added)
    {
        removed = Math.Min(removed, length - at);
        if (length + added.Length - removed > MaxLength)
        {
            return;
        }

        input.AsSpan(at + removed, length - at - removed).CopyTo(input.AsSpan(at + added.Length));
        added.CopyTo(input.AsSpan(at));
        length += added.Length - removed;
    }

    // Lets a fault inside reach the inside: otherwise most inputs end at the first length.
    private void MendOuterLengths()
    {
        if (length < 60)
        {
            return;
        }

        (input[3], input[4]) = ((byte)((length - 5) >> 8), (byte)(length - 5));
        (input[6], input[7], input[8]) = (0, (byte)((length - 9) >> 8), (byte)(length - 9));
        var extensions = 44 + input[43];
        extensions += extensions + 2 < length ? 2 + (input[extensions] << 8 | input[extensions + 1]) : length;
        extensions += extensions < length ? 1 + input[extensions] : length;
        if (extensions + 2 <= length && random.Next(2) == 0)
        {
            (input[extensions], input[extensions + 1]) = ((byte)((length - extensions - 2) >> 8), (byte)(length - extensions - 2));
        }
    }

    private void Rerecord(int size)
    {
        var payload = length - 5;
        if (payload <= 0 || payload + (5 * ((payload / size) + 1)) > MaxLength)
        {
            return;
        }

        input.AsSpan(5, payload).CopyTo(scratch);
        length = 0;
        for (var at = 0; at < payload; at += size)
        {
            var count = Math.Min(size, payload - at);
            ReadOnlySpan<byte> header = [0x16, 0x03, 0x01, (byte)(count >> 8), (byte)count];
            header.CopyTo(input.AsSpan(length));
            scratch.AsSpan(at, count).CopyTo(input.AsSpan(length + 5));
            length += 5 + count;
        }
    }

    // Where a hello in one record keeps its lengths, and its extensions their types.
    private static int[] LengthsOf(byte[] wire, out int[] types)
    {
        var lengths = new List<int> { 3, 4, 6, 7, 8, 43 };
        var found = new List<int>();
        var at = 44 + wire[43];
        for (var part = 0; part < 3 && at + 1 < wire.Length; part++)
        {
            lengths.AddRange(part == 1 ? [at] : [at, at + 1]);
            at += part switch { 0 => 2 + (wire[at] << 8 | wire[at + 1]), 1 => 1 + wire[at], _ => 2 };
        }

        for (; at + 4 <= wire.Length; at += 4 + (wire[at + 2] << 8 | wire[at + 3]))
        {
            found.Add(at);
            lengths.AddRange([at + 2, at + 3]);
            if (at + 9 <= wire.Length && wire[at] == 0 && wire[at + 1] is 0 or 16)
            {
                lengths.AddRange([at + 4, at + 5, at + 6, at + 7, at + 8]);
            }
        }

        types = [.. found];
        return [.. lengths.Where(offset => offset < wire.Length)];
    }
}
