namespace SniProxy.Core.Http;

/// <summary>The methods of RFC 9110 section 9.3 and RFC 5789; letter case counts.</summary>
public enum RequestMethod : byte
{
    /// <summary>A valid token that is none of the below.</summary>
    Other = 0,
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Trace,
    Connect,
}
