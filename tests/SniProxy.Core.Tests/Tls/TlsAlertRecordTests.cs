using SniProxy.Core.Tls;

namespace SniProxy.Core.Tests.Tls;

public sealed class TlsAlertRecordTests
{
    // TLS-59.
    [Theory]
    [InlineData(TlsAlert.UnexpectedMessage, 10)]
    [InlineData(TlsAlert.RecordOverflow, 22)]
    [InlineData(TlsAlert.IllegalParameter, 47)]
    [InlineData(TlsAlert.AccessDenied, 49)]
    [InlineData(TlsAlert.DecodeError, 50)]
    [InlineData(TlsAlert.ProtocolVersion, 70)]
    [InlineData(TlsAlert.UnrecognizedName, 112)]
    public void WritesAFatalAlert(TlsAlert alert, byte description)
    {
        var record = new byte[TlsAlertRecord.Length];

        Assert.True(TlsAlertRecord.TryWrite(record, alert));
        Assert.Equal([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, description], record);
    }

    [Fact]
    public void WritesNothingWhereItDoesNotFit()
    {
        var record = new byte[TlsAlertRecord.Length - 1];

        Assert.False(TlsAlertRecord.TryWrite(record, TlsAlert.AccessDenied));
        Assert.Equal(new byte[TlsAlertRecord.Length - 1], record);
    }
}
