using System.Net;
using System.Text.Json;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>What the API answered.</summary>
public sealed record ApiAnswer(HttpStatusCode Status, string Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public bool Succeeded => (int)Status is >= 200 and < 300;

    public ApiAnswer MustSucceed() => Succeeded ? this : throw new LabException(ToString());
}
