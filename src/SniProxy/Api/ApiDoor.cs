namespace SniProxy.Api;

/// <summary>Through which endpoint a connection came.</summary>
internal enum ApiDoor : byte
{
    /// <summary>Tokens and roles count.</summary>
    Api = 0,

    /// <summary>Metrics and health alone, without a token.</summary>
    Metrics,
}
