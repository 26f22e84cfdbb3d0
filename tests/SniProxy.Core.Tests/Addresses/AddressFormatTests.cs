using System.Text;
using SniProxy.Core.Addresses;

namespace SniProxy.Core.Tests.Addresses;

/// <summary>Addresses are written without an object in between, and as the runtime writes them.</summary>
public sealed class AddressFormatTests
{
    [Fact]
    public void EveryLetterIsTheRuntimes()
    {
        var random = new Random(5952);
        var bytes = new byte[16];
        Span<byte> ascii = stackalloc byte[Address.MaxLength];
        for (var i = 0; i < 200_000; i++)
        {
            for (var group = 0; group < 16; group += 2)
            {
                // Zeros most of all, and what the runtime takes for the mark of an embedded IPv4 address.
                var value = random.Next(8) switch { < 4 => 0, 4 => 0xffff, 5 => 0x5efe, 6 => random.Next(16), _ => random.Next(65536) };
                (bytes[group], bytes[group + 1]) = ((byte)(value >> 8), (byte)value);
            }

            var address = Address.FromBytes(bytes);
            Assert.Equal(address.ToIPAddress().ToString(), Encoding.ASCII.GetString(ascii[..address.Format(ascii)]));
        }
    }

    [Fact]
    public void WritingAllocatesNothing()
    {
        Span<byte> ascii = stackalloc byte[Address.MaxLength];
        Assert.True(Address.TryParse("2001:db8::1:0:2", out var six));
        Assert.True(Address.TryParse("203.0.113.10", out var four));
        _ = six.Format(ascii) + four.Format(ascii);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _ = six.Format(ascii) + four.Format(ascii);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("fe80::1", true, false)]
    [InlineData("febf:ffff::", true, false)]
    [InlineData("fec0::1", false, false)]
    [InlineData("169.254.1.1", false, false)]
    [InlineData("::1", false, true)]
    [InlineData("127.255.0.1", false, true)]
    [InlineData("128.0.0.1", false, false)]
    [InlineData("::2", false, false)]
    public void KnowsWhatIsOfOneLinkOrMachineOnly(string text, bool isLinkLocal, bool isLoopback)
    {
        Assert.True(Address.TryParse(text, out var address));
        Assert.Equal((isLinkLocal, isLoopback), (address.IsIPv6LinkLocal, address.IsLoopback));
    }
}
