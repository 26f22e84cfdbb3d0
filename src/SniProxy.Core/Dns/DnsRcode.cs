namespace SniProxy.Core.Dns;

/// <summary>Response codes (RFC 1035 section 4.1.1, RFC 6891 section 9). The numbers are the wire's, so zero is not the safe one here.</summary>
public enum DnsRcode : ushort
{
    NoError = 0,
    FormErr = 1,
    ServFail = 2,
    NxDomain = 3,
    NotImp = 4,
    Refused = 5,
    BadVers = 16,
}
