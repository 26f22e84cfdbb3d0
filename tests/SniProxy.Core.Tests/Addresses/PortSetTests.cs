using SniProxy.Core.Addresses;

namespace SniProxy.Core.Tests.Addresses;

public sealed class PortSetTests
{
    [Theory]
    [InlineData("443", "443")]
    [InlineData("8000-8999", "8000-8999")]
    [InlineData("443,80", "80,443")]
    [InlineData("80,81,82-90,85-100", "80-100")]
    [InlineData("1-65535", "*")]
    [InlineData("*", "*")]
    [InlineData("65535", "65535")]
    public void ReadsNumbersRangesAndLists(string text, string canonical)
    {
        Assert.Null(PortSet.TryParse(text, out var ports));
        Assert.Equal(canonical, ports.ToString());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("99999999999")]
    [InlineData("")]
    [InlineData("80,")]
    [InlineData("-80")]
    [InlineData("80-")]
    [InlineData("90-80")]
    [InlineData("080")]
    [InlineData("+80")]
    [InlineData("80 ")]
    [InlineData("http")]
    [InlineData("**")]
    [InlineData("*,80")]
    public void RefusesWhatIsNoPort(string text)
    {
        Assert.NotNull(PortSet.TryParse(text, out var ports));
        Assert.True(ports.IsEmpty);
        Assert.False(ports.Contains(80));
    }

    [Fact]
    public void ContainsExactlyItsRanges()
    {
        Assert.Null(PortSet.TryParse("22,80-90,443,8000-8999", out var ports));
        for (var port = 0; port <= ushort.MaxValue; port++)
        {
            Assert.Equal(port is 22 or (>= 80 and <= 90) or 443 or (>= 8000 and <= 8999), ports.Contains((ushort)port));
        }

        Assert.False(PortSet.All.Contains(0));
        Assert.False(default(PortSet).Contains(443));
    }
}
