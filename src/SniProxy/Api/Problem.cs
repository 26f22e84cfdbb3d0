namespace SniProxy.Api;

/// <summary>What went wrong with a request (RFC 9457 section 3), with the stable identifier of its reason.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Reason">Stable, for programs.</param>
/// <param name="Detail">What is wrong, where, and what to write instead.</param>
internal sealed record Problem(int Status, string Reason, string Detail)
{
    /// <summary>No page describes it beyond what is here (RFC 9457 section 4.2.1).</summary>
    public string Type { get; init; } = "about:blank";

    public string Title => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(Status);

    public static Problem Invalid(string detail) => new(StatusCodes.Status422UnprocessableEntity, "invalid", detail);

    public static Problem Conflict(string detail) => new(StatusCodes.Status409Conflict, "conflict", detail);

    public static Problem NotFound(string detail) => new(StatusCodes.Status404NotFound, "not_found", detail);
}
