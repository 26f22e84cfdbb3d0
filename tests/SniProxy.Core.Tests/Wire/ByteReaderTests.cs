using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Wire;

public sealed class ByteReaderTests
{
    [Fact]
    public void ReadsNumbersHighByteFirst()
    {
        var reader = new ByteReader([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 0, 0, 11]);

        Assert.True(reader.TryReadByte(out var one) && one == 1);
        Assert.True(reader.TryReadUInt16(out var two) && two == 0x0203);
        Assert.True(reader.TryReadUInt24(out var three) && three == 0x040506);
        Assert.True(reader.TryReadUInt32(out var four) && four == 0x0708090a);
        Assert.True(reader.TryReadUInt64(out var eight) && eight == 11);
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void TakesNothingWhereTheBytesEndTooSoon()
    {
        var reader = new ByteReader([]);
        Assert.False(reader.TryReadByte(out _) || reader.TryReadVector8(out _));

        reader = new ByteReader([1]);
        Assert.False(reader.TryReadUInt16(out _) || reader.TryReadVector16(out _) || reader.TryReadVector8(out _) || reader.TrySkip(2));

        reader = new ByteReader([0, 2]);
        Assert.False(reader.TryReadUInt24(out _) || reader.TryReadVector16(out _));

        reader = new ByteReader([0, 2, 7]);
        Assert.False(reader.TryReadUInt32(out _) || reader.TryReadUInt64(out _) || reader.TryReadVector16(out _) || reader.TryReadBytes(4, out _));
        Assert.Equal(3, reader.Remaining);
    }

    [Fact]
    public void HandsOutVectorsThatEndWhereTheirLengthSays()
    {
        var reader = new ByteReader([2, 8, 9, 0, 1, 7, 0, 0, 0]);

        Assert.True(reader.TryReadVector8(out var first) && first.Rest.SequenceEqual<byte>([8, 9]));
        Assert.False(first.TryReadUInt24(out _));
        Assert.True(reader.TryReadVector16(out var second) && second.Rest.SequenceEqual<byte>([7]));
        Assert.True(reader.TryReadVector16(out var empty) && empty.IsAtEnd);
        Assert.True(reader.TryReadVector8(out empty) && empty.IsAtEnd && reader.IsAtEnd);
    }

    [Fact]
    public void SkipsNoNegativeCount()
    {
        var reader = new ByteReader([1, 2, 3]);

        Assert.False(reader.TrySkip(-1) || reader.TryReadBytes(int.MinValue, out _));
        Assert.True(reader.TrySkip(3) && reader.IsAtEnd);
    }
}
