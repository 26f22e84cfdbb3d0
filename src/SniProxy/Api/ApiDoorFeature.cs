namespace SniProxy.Api;

/// <summary>Tells a request by which door its connection came.</summary>
internal sealed record ApiDoorFeature(ApiDoor Door);
