using System.Text;
using SniProxy.Core.Names;

namespace SniProxy.Core.Tests.Names;

/// <summary>One canonical form, or the same refusal, whoever writes the name.</summary>
public sealed class CanonicalNameTests
{
    private static readonly string Label63 = new('a', 63);

    public static TheoryData<string, HostNameSyntax, string?> Wire => new()
    {
        { "api.openai.com", HostNameSyntax.Valid, "api.openai.com" },
        { "API.OpenAI.COM", HostNameSyntax.Valid, "api.openai.com" },
        { "api.openai.com.", HostNameSyntax.Valid, "api.openai.com" },
        { "localhost", HostNameSyntax.Valid, "localhost" },
        { "localhost.", HostNameSyntax.Valid, "localhost" },
        { "_dmarc.example.com", HostNameSyntax.Valid, "_dmarc.example.com" },
        { "a_b.example", HostNameSyntax.Valid, "a_b.example" },
        { "xn--bcher-kva.example", HostNameSyntax.Valid, "xn--bcher-kva.example" },
        { "XN--BCHER-KVA.example", HostNameSyntax.Valid, "xn--bcher-kva.example" },
        { "1.example", HostNameSyntax.Valid, "1.example" },
        { "1.2.3.4.example", HostNameSyntax.Valid, "1.2.3.4.example" },
        { "a-.example", HostNameSyntax.Valid, "a-.example" },
        { "-a.example", HostNameSyntax.Valid, "-a.example" },
        { "4a.4b", HostNameSyntax.Valid, "4a.4b" },
        { "0xyz.example", HostNameSyntax.Valid, "0xyz.example" },
        { "example.0xg", HostNameSyntax.Valid, "example.0xg" },
        { $"{Label63}.example", HostNameSyntax.Valid, $"{Label63}.example" },
        { $"a{Label63}.example", HostNameSyntax.Malformed, null },
        { string.Join('.', Label63, Label63, Label63, new string('b', 61)), HostNameSyntax.Valid, string.Join('.', Label63, Label63, Label63, new string('b', 61)) },
        { string.Join('.', Label63, Label63, Label63, new string('b', 61)) + ".", HostNameSyntax.Valid, string.Join('.', Label63, Label63, Label63, new string('b', 61)) },
        { string.Join('.', Label63, Label63, Label63, new string('b', 62)), HostNameSyntax.Malformed, null },
        { new string('a', 5000), HostNameSyntax.Malformed, null },
        { "", HostNameSyntax.Malformed, null },
        { ".", HostNameSyntax.Malformed, null },
        { "..", HostNameSyntax.Malformed, null },
        { "a..example", HostNameSyntax.Malformed, null },
        { ".example", HostNameSyntax.Malformed, null },
        { "example..", HostNameSyntax.Malformed, null },
        { "a\0.example", HostNameSyntax.Malformed, null },
        { "good.example\0.evil.example", HostNameSyntax.Malformed, null },
        { "a\r\nb.example", HostNameSyntax.Malformed, null },
        { "a\tb.example", HostNameSyntax.Malformed, null },
        { "a b.example", HostNameSyntax.Malformed, null },
        { " a.example", HostNameSyntax.Malformed, null },
        { "a.example ", HostNameSyntax.Malformed, null },
        { "a\u0007.example", HostNameSyntax.Malformed, null },
        { "a\u007f.example", HostNameSyntax.Malformed, null },
        { "bücher.example", HostNameSyntax.Malformed, null },
        { "a。example", HostNameSyntax.Malformed, null },
        { "a．example", HostNameSyntax.Malformed, null },
        { "ａ.example", HostNameSyntax.Malformed, null },
        { "a\u00ad.example", HostNameSyntax.Malformed, null },
        { "[a.example]", HostNameSyntax.Malformed, null },
        { "[2001:db8::7]", HostNameSyntax.Malformed, null },
        { "[203.0.113.7]", HostNameSyntax.Malformed, null },
        { "2001:db8::7", HostNameSyntax.Malformed, null },
        { "::1", HostNameSyntax.Malformed, null },
        { "fe80::1%eth0", HostNameSyntax.Malformed, null },
        { "a%2eexample", HostNameSyntax.Malformed, null },
        { "%61.example", HostNameSyntax.Malformed, null },
        { "a/example", HostNameSyntax.Malformed, null },
        { "a\\example", HostNameSyntax.Malformed, null },
        { "a:443", HostNameSyntax.Malformed, null },
        { "user@a.example", HostNameSyntax.Malformed, null },
        { "a.example#b", HostNameSyntax.Malformed, null },
        { "a.example?b", HostNameSyntax.Malformed, null },
        { "*.example", HostNameSyntax.Malformed, null },
        { "a,b.example", HostNameSyntax.Malformed, null },
        { "\"><script>.example", HostNameSyntax.Malformed, null },
        { "203.0.113.7", HostNameSyntax.Address, null },
        { "203.0.113.7.", HostNameSyntax.Address, null },
        { "203.0.113", HostNameSyntax.Address, null },
        { "203.113", HostNameSyntax.Address, null },
        { "127.1", HostNameSyntax.Address, null },
        { "2130706433", HostNameSyntax.Address, null },
        { "017700000001", HostNameSyntax.Address, null },
        { "0177.0.0.1", HostNameSyntax.Address, null },
        { "0x7f000001", HostNameSyntax.Address, null },
        { "0x7F.1", HostNameSyntax.Address, null },
        { "0x7f.0x0.0x0.0x1", HostNameSyntax.Address, null },
        { "1.2.3.4.5", HostNameSyntax.Address, null },
        { "999.999.999.999", HostNameSyntax.Address, null },
        { "a.1", HostNameSyntax.Address, null },
        { "example.0x", HostNameSyntax.Address, null },
    };

    [Theory]
    [MemberData(nameof(Wire))]
    public void HasOneCanonicalFormOrOneRefusal(string text, HostNameSyntax syntax, string? canonical)
    {
        Assert.Equal(syntax, HostName.TryParse(text, out var fromText));
        Assert.Equal(syntax, HostName.TryParse(Encoding.UTF8.GetBytes(text), out var fromBytes));
        Assert.Equal(canonical, fromText?.Value);
        Assert.Equal(fromText, fromBytes);
    }

    [Fact]
    public void AgreesWithTheRuleThatIsWrittenTheSameWay()
    {
        foreach (var row in Wire)
        {
            var (text, syntax, canonical) = row.Data;
            if (syntax == HostNameSyntax.Valid)
            {
                Assert.True(HostPattern.TryParse(text, out var pattern, out _), text);
                Assert.Equal((HostPatternKind.Exact, canonical), (pattern.Kind, pattern.Text));
            }
        }
    }

    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.Example", "xn--bcher-kva.example")]
    [InlineData("bücher.example.", "xn--bcher-kva.example")]
    [InlineData("münchen。de", "xn--mnchen-3ya.de")]
    [InlineData("münchen．de", "xn--mnchen-3ya.de")]
    [InlineData("münchen｡de", "xn--mnchen-3ya.de")]
    [InlineData("api。openai。com", "api.openai.com")]
    [InlineData("ＡＰＩ.openai.com", "api.openai.com")]
    [InlineData("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f")]
    [InlineData("例え.テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("*.bücher.example", "*.xn--bcher-kva.example")]
    [InlineData("**.bücher.example", "**.xn--bcher-kva.example")]
    [InlineData(".bücher.example", ".xn--bcher-kva.example")]
    [InlineData("s3.*.bücher.example", "s3.*.xn--bcher-kva.example")]
    public void RulesInOtherScriptsBecomeTheirALabels(string text, string canonical)
    {
        Assert.True(HostPattern.TryParse(text, out var pattern, out var fault), fault.Message);
        Assert.Equal(canonical, pattern.Text);
    }

    [Theory]
    [InlineData("straße.example")]
    [InlineData("βόλος.example")]
    [InlineData("a\u200db.example")]
    [InlineData("a\u200cb.example")]
    [InlineData("bu\u0308cher.example")]
    [InlineData("ﬁ.example")]
    [InlineData("İ.example")]
    [InlineData("a\u00ad.example")]
    [InlineData("☃.example")]
    [InlineData("\U0001d4d0.example")]
    [InlineData("bü*.example")]
    [InlineData("\ud800.example")]
    public void RefusesWhatCouldBeReadAsTwoNames(string text)
    {
        Assert.False(HostPattern.TryParse(text, out _, out var fault));
        Assert.NotEqual(string.Empty, fault.Fix);
    }
}
