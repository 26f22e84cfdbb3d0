namespace SniProxy.Core.Http;

/// <summary>
/// Whether an Accept field (RFC 9110 section 12.5.1) would rather have JSON than text. It decides the look of a refusal only.
/// </summary>
internal struct AcceptedTypes
{
    private const int FullWeight = 1000;

    private int json;
    private int text;

    /// <summary>JSON must be named, by itself or as a <c>+json</c> type; <c>*/*</c> is answered with text, which people can read.</summary>
    public readonly bool PrefersJson => json > 0 && json >= text;

    public RequestFault Add(ReadOnlySpan<byte> value)
    {
        while (HttpSyntax.TakeElement(ref value, out var range))
        {
            var semicolon = range.IndexOf((byte)';');
            var type = HttpSyntax.TrimWhitespace(semicolon < 0 ? range : range[..semicolon]);
            var weight = semicolon < 0 ? FullWeight : WeightOf(range[(semicolon + 1)..]);
            if (type.Is("application/json"u8) || (type.Length > 5 && type[^5..].Is("+json"u8)))
            {
                json = Math.Max(json, weight);
            }
            else if (type.Length > 5 && type[..5].Is("text/"u8))
            {
                text = Math.Max(text, weight);
            }
        }

        return RequestFault.None;
    }

    // RFC 9110 section 12.4.2: q=0.123, in thousandths.
    private static int WeightOf(ReadOnlySpan<byte> parameters)
    {
        var at = parameters.LastIndexOf("q="u8);
        if (at < 0)
        {
            return FullWeight;
        }

        var weight = 0;
        var unit = FullWeight;
        foreach (var digit in parameters[(at + 2)..])
        {
            if (digit is >= (byte)'0' and <= (byte)'9')
            {
                weight += unit * (digit - '0');
                unit /= 10;
            }
        }

        return Math.Min(weight, FullWeight);
    }
}
