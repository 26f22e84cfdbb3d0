using SniProxy.Core.Names;

namespace SniProxy.Core.Tests.Names;

public sealed class LabelEntropyTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("aaaaaaaa", 0)]
    [InlineData("abab", 1)]
    [InlineData("0123456789abcdef", 4)]
    [InlineData("abcdefghijklmnopqrstuvwxyz012345", 5)]
    [InlineData("aab", 0.918)]
    public void IsShannons(string label, double bits) => Assert.Equal(bits, LabelEntropy.Of(label), 0.001);

    /// <summary>However long, hexadecimal digits hold 4 bits and never more: no digest is taken for random letters.</summary>
    [Fact]
    public void HexadecimalIsNeverAbove4() =>
        Assert.True(LabelEntropy.Of(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([1])).AsSpan(0, 63)) <= 4);
}
