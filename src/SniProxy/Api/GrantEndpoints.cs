using System.Collections.Immutable;
using System.Globalization;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary><c>/grants</c>: temporary allows before all rules.</summary>
internal sealed class GrantEndpoints(GrantBook grants, SandboxRegistry registry)
{
    private const int MaxUses = 1_000_000;
    private const int MaxReasonLength = 500;
    private const int MaxLabels = 64;

    public async Task ListAsync(HttpContext context)
    {
        if (Page.TryCut(context, grants.All, grant => grant.Id, out var items, out var next) is { } problem)
        {
            await Answers.WriteAsync(context, problem);
            return;
        }

        await Answers.WriteAsync(context, new ListOf<GrantAnswer>([.. items.Select(AnswerOf)], next), ApiJson.Default.ListOfGrantAnswer);
    }

    public async Task PostAsync(HttpContext context)
    {
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.GrantRequest);
        if (request is null || (problem = Read(request, out var order)) is not null || order is null)
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("The body is empty."));
            return;
        }

        // Bound to the life that was asked about, over a restart as well; one that has ended since leaves the grant to nobody.
        if (order.Sandbox is { } id && registry.Keep(id, ApiGate.ActorOf(context))?.Lifecycle != order.Lifecycle)
        {
            await Answers.WriteAsync(context, Problem.Conflict($"sandbox: \"{id}\" was removed or replaced meanwhile; ask again if the one there is now is meant."));
            return;
        }

        var grant = grants.Add(order, ApiGate.ActorOf(context), ApiGate.RoleOf(context) >= Role.Admin);
        await Answers.WriteAsync(context, AnswerOf(grant), ApiJson.Default.GrantAnswer, StatusCodes.Status201Created);
    }

    public Task DeleteAsync(HttpContext context)
    {
        var id = context.Request.RouteValues["id"] as string ?? string.Empty;
        if (grants.Remove(id, ApiGate.ActorOf(context)) is null)
        {
            return Answers.WriteAsync(context, Problem.NotFound($"There is no grant \"{id}\": it may have ended; \"sniproxy grant list\" (GET /grants) shows those there are."));
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static GrantAnswer AnswerOf(Grant grant) => new(
        grant.Id,
        grant.Sandbox,
        grant.Sandbox is null ? grant.Labels : null,
        [.. grant.Entries.Select(entry => entry.Text)],
        TimeText.Write(grant.Ttl),
        grant.MaxUses,
        grant.MaxUses is null ? null : grant.Uses,
        grant.Reason,
        grant.Actor,
        grant.IsByAdmin,
        grant.Created,
        grant.Expires);

    private Problem? Read(GrantRequest request, out GrantOrder? order)
    {
        order = null;
        var hasLabels = request.Labels is { Count: > 0 };
        if (request.Sandbox is null != hasLabels)
        {
            return Problem.Invalid("sandbox: say whom the grant is for: either \"sandbox\" with its id, or \"labels\" that a sandbox must bear.");
        }

        var sandbox = request.Sandbox is { } id ? registry.Get(id) : null;
        if (request.Sandbox is not null && sandbox is null)
        {
            return Problem.Invalid($"sandbox: there is no sandbox \"{request.Sandbox}\"; write the id of one that \"sniproxy sandbox list\" (GET /sandboxes) shows.");
        }

        if (request.Labels is { Count: > MaxLabels })
        {
            return Problem.Invalid($"labels: write at most {MaxLabels}.");
        }

        if (!TryReadTime(request.Ttl, out var ttl))
        {
            return Problem.Invalid($"ttl: \"{request.Ttl}\" is no time: {TimeText.Fix}.");
        }

        if (request.MaxUses is < 1 or > MaxUses)
        {
            return Problem.Invalid($"maxUses: {request.MaxUses} is not from 1 to {MaxUses}; leave it out for any number.");
        }

        if (request.Reason is { Length: > MaxReasonLength } || request.Reason?.Any(char.IsControl) == true)
        {
            return Problem.Invalid($"reason: write at most {MaxReasonLength} printable letters.");
        }

        if (grants.All.Count >= GrantBook.MaxGrants)
        {
            return Problem.Conflict($"There are {GrantBook.MaxGrants} grants already: remove some, or write a rule.");
        }

        if (ReadEntries(request.Entries, out var entries) is { } problem)
        {
            return problem;
        }

        order = new GrantOrder
        {
            Sandbox = request.Sandbox,
            Lifecycle = sandbox?.Lifecycle,
            Labels = request.Labels?.ToImmutableDictionary(StringComparer.Ordinal) ?? ImmutableDictionary<string, string>.Empty,
            Entries = entries,
            Ttl = ttl,
            MaxUses = request.MaxUses,
            Reason = request.Reason,
        };
        return null;
    }

    // As policies write it, or as the configuration does.
    private static bool TryReadTime(string text, out TimeSpan time) => TimeText.TryRead(text, out time)
        || (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out time) && time >= TimeSpan.FromSeconds(1) && time <= TimeText.Max && time.Milliseconds == 0);

    private static Problem? ReadEntries(IReadOnlyList<string> texts, out List<PolicyEntry> entries)
    {
        entries = [];
        if (texts.Count is 0 or > GrantBook.MaxEntries)
        {
            return Problem.Invalid($"entries: write 1 to {GrantBook.MaxEntries} destinations, such as \"api.example.com\" or \"db.example.com:5432\".");
        }

        for (var i = 0; i < texts.Count; i++)
        {
            if (!EntryReader.TryRead(texts[i], isAllow: true, out var entry, out var fault))
            {
                return Problem.Invalid($"entries[{i}]: {fault.Message}: {fault.Fix}.");
            }

            entries.Add(entry);
        }

        return null;
    }
}
