using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

public sealed class NetworkNamespaceTests
{
    // Read-only to everybody, as all settings are where /proc/sys is mounted read-only.
    private const string ReadOnlySetting = "kernel/ostype";

    [Fact]
    public void SettingThatIsAsItShouldBeNeedsNoRight() => NetworkNamespace.WriteSetting(null, ReadOnlySetting, "Linux");

    [Fact]
    public void SettingThatMayNotBeWrittenIsNamed()
    {
        var error = Assert.Throws<MissingCapabilityException>(() => NetworkNamespace.WriteSetting(null, ReadOnlySetting, "other"));

        Assert.Contains("kernel.ostype", error.Message, StringComparison.Ordinal);
    }
}
