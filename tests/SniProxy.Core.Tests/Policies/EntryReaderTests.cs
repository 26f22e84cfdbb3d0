using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

public sealed class EntryReaderTests
{
    [Theory]
    [InlineData("api.openai.com", EntryKind.Name, "api.openai.com", null, EntryScheme.Plain)]
    [InlineData("API.OpenAI.com.", EntryKind.Name, "api.openai.com", null, EntryScheme.Plain)]
    [InlineData("*.x.example:8443", EntryKind.Name, "*.x.example", "8443", EntryScheme.Plain)]
    [InlineData("host.example:8000-8999", EntryKind.Name, "host.example", "8000-8999", EntryScheme.Plain)]
    [InlineData("host.example:80,443", EntryKind.Name, "host.example", "80,443", EntryScheme.Plain)]
    [InlineData("host.example:*", EntryKind.Name, "host.example", "*", EntryScheme.Plain)]
    [InlineData("https://host.example", EntryKind.Name, "host.example", "443", EntryScheme.Tls)]
    [InlineData("HTTPS://host.example:8443", EntryKind.Name, "host.example", "8443", EntryScheme.Tls)]
    [InlineData("tls://host.example", EntryKind.Name, "host.example", "443", EntryScheme.Tls)]
    [InlineData("http://host.example", EntryKind.Name, "host.example", "80", EntryScheme.Http)]
    [InlineData("ssh://github.com", EntryKind.Name, "github.com", "22", EntryScheme.Ssh)]
    [InlineData("postgres://db.example", EntryKind.Name, "db.example", "5432", EntryScheme.Postgres)]
    [InlineData("mysql://db.example", EntryKind.Name, "db.example", "3306", EntryScheme.MySql)]
    [InlineData("redis://db.example", EntryKind.Name, "db.example", "6379", EntryScheme.Redis)]
    [InlineData("redshift://db.example", EntryKind.Name, "db.example", "5439", EntryScheme.Postgres)]
    [InlineData("quic://host.example", EntryKind.Name, "host.example", "443", EntryScheme.Quic)]
    [InlineData("tcp://host.example:9000", EntryKind.Name, "host.example", "9000", EntryScheme.Tcp)]
    [InlineData("any", EntryKind.Any, null, null, EntryScheme.Plain)]
    [InlineData("any:25", EntryKind.Any, null, "25", EntryScheme.Plain)]
    [InlineData("203.0.113.7", EntryKind.Address, "203.0.113.7", null, EntryScheme.Plain)]
    [InlineData("203.0.113.0/24:8443", EntryKind.Address, "203.0.113.0/24", "8443", EntryScheme.Plain)]
    [InlineData("2001:db8::7", EntryKind.Address, "2001:db8::7", null, EntryScheme.Plain)]
    [InlineData("2001:db8::/32", EntryKind.Address, "2001:db8::/32", null, EntryScheme.Plain)]
    [InlineData("2001:db8::/32:443", EntryKind.Address, "2001:db8::/32", "443", EntryScheme.Plain)]
    [InlineData("[2001:db8::7]:443", EntryKind.Address, "2001:db8::7", "443", EntryScheme.Plain)]
    [InlineData("[2001:db8::/32]:443", EntryKind.Address, "2001:db8::/32", "443", EntryScheme.Plain)]
    [InlineData("[2001:db8::]/32:443", EntryKind.Address, "2001:db8::/32", "443", EntryScheme.Plain)]
    [InlineData("tcp://[2001:db8::7]:5432", EntryKind.Address, "2001:db8::7", "5432", EntryScheme.Tcp)]
    [InlineData("::ffff:203.0.113.7", EntryKind.Address, "203.0.113.7", null, EntryScheme.Plain)]
    [InlineData("0.0.0.0/0", EntryKind.Address, "0.0.0.0/0", null, EntryScheme.Plain)]
    public void ReadsHostPortAndScheme(string text, EntryKind kind, string? host, string? ports, EntryScheme scheme)
    {
        Assert.True(EntryReader.TryRead(text, isAllow: true, out var entry, out var fault), fault.Message);
        Assert.Equal((kind, ports, scheme), (entry.Kind, entry.Ports?.ToString(), entry.Scheme));
        Assert.Equal(host, kind switch { EntryKind.Name => entry.Pattern?.Text, EntryKind.Address => entry.Block.ToString(), _ => null });
    }

    [Theory]
    [InlineData("", "take the entry out")]
    [InlineData("https://host.example/", "\"https://host.example\"")]
    [InlineData("https://host.example/v1?x", "host and its port only")]
    [InlineData("host.example/v1", "\"host.example\"")]
    [InlineData("host.example:443/v1", "\"host.example:443\"")]
    [InlineData("https://user:secret@host.example", "host and its port only")]
    [InlineData("udp://host.example:53", "quic://")]
    [InlineData("icmp://host.example", "take the entry out")]
    [InlineData("htps://host.example", "did you mean \"https://\"?")]
    [InlineData("ftp://host.example", "http://")]
    [InlineData("tcp://host.example", "tcp://host.example:5432")]
    [InlineData("host.example:0", "from 1 to 65535")]
    [InlineData("host.example:65536", "from 1 to 65535")]
    [InlineData("host.example:", "from 1 to 65535")]
    [InlineData("host.example:90-80", "from 1 to 65535")]
    [InlineData("host.example:https", "from 1 to 65535")]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("10.0.0.0/33", "/32")]
    [InlineData("2001:db8::1/32", "2001:db8::/32")]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.0/8")]
    [InlineData("010.0.0.1", "leading zeros")]
    [InlineData("0x7f.0.0.1", "leading zeros")]
    [InlineData("127.1", "leading zeros")]
    [InlineData("2130706433", "leading zeros")]
    [InlineData("256.0.0.1", "0 to 255")]
    [InlineData("[203.0.113.7]:443", "IPv6")]
    [InlineData("[2001:db8::7", "brackets")]
    [InlineData("[2001:db8::7]443", "brackets")]
    [InlineData("fe80::1%eth0", "host and its port only")]
    [InlineData("a b.example", "host and its port only")]
    [InlineData("a.example\n", "host and its port only")]
    [InlineData("a..example", "labels")]
    [InlineData("*", "any")]
    [InlineData("a.**.example", "**.")]
    public void RefusesTheRestAndSaysWhatToWrite(string text, string fix)
    {
        Assert.False(EntryReader.TryRead(text, isAllow: true, out _, out var fault));
        Assert.Contains(fix, fault.Fix, StringComparison.Ordinal);
        Assert.NotEqual(string.Empty, fault.Message);
    }

    [Fact]
    public void ADenialMayLeaveThePortOfTcpOpen() => Assert.True(EntryReader.TryRead("tcp://host.example", isAllow: false, out _, out _));
}
