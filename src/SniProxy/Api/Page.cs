using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace SniProxy.Api;

/// <summary>Cuts a list that is ordered by id into pages; the cursor is the last id of the page before.</summary>
internal static class Page
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    public static Problem? TryCut<T>(HttpContext context, IReadOnlyList<T> all, Func<T, string> id, out IReadOnlyList<T> items, out string? next)
    {
        items = [];
        next = null;
        var limit = DefaultLimit;
        if (context.Request.Query["limit"] is [{ } text] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            return Problem.Invalid($"limit: \"{text}\" is not a number from 1 to {MaxLimit}.");
        }

        string? after = null;
        if (context.Request.Query["cursor"] is [{ Length: > 0 } cursor] && !TryDecode(cursor, out after))
        {
            return Problem.Invalid("cursor: send back what \"next\" of the page before said.");
        }

        List<T> page = [.. all.Where(item => after is null || string.CompareOrdinal(id(item), after) > 0).Take(limit + 1)];
        if (page.Count > limit)
        {
            page.RemoveAt(limit);
            next = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(id(page[^1])));
        }

        items = page;
        return null;
    }

    private static bool TryDecode(string cursor, out string? id)
    {
        id = null;
        if (!Base64Url.IsValid(cursor))
        {
            return false;
        }

        id = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        return true;
    }
}
