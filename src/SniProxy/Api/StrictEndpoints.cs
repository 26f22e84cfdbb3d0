using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary><c>/strict</c>: the switch over all policies, a share of the sandboxes, or one policy.</summary>
internal sealed class StrictEndpoints(PolicyBook book, SandboxRegistry registry)
{
    /// <summary>Where strict mode is on, as of a revision.</summary>
    public StrictAnswer AnswerAt(long revision)
    {
        var strict = book.Strict;
        return new StrictAnswer(
            strict.On,
            strict.Percent,
            [.. strict.Policies.Order(StringComparer.Ordinal)],
            [.. registry.List().Where(sandbox => sandbox.Strict).Select(sandbox => sandbox.Id)],
            revision);
    }

    public Task GetAsync(HttpContext context) => Answers.WriteAsync(context, AnswerAt(book.Revision), ApiJson.Default.StrictAnswer);

    public async Task PutAsync(HttpContext context)
    {
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.StrictRequest);
        if (request is null || (problem = Check(context, request)) is not null)
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("The body is empty."));
            return;
        }

        var revision = book.SetStrict(request.On, request.Policy, request.Percent, ApiGate.ActorOf(context));
        await Answers.WriteAsync(context, AnswerAt(revision), ApiJson.Default.StrictAnswer);
    }

    private Problem? Check(HttpContext context, StrictRequest request)
    {
        if (request.Percent is < 1 or > 100)
        {
            return Problem.Invalid($"percent: {request.Percent} is not from 1 to 100; to switch off, send \"on\": false.");
        }

        if (request is { Percent: not null, On: false } or { Percent: not null, Policy: not null })
        {
            return Problem.Invalid("percent: goes with \"on\": true for all policies only; leave it out here.");
        }

        if (request.Policy is { } policy)
        {
            return KnownPolicy.Check(book, policy);
        }

        var isLoosened = !request.On || (book.Strict.On && (request.Percent ?? 100) < book.Strict.Percent);
        return isLoosened && ApiGate.RoleOf(context) < Role.Admin ? ApiGate.NeedsRole(Role.Admin) : null;
    }
}
