using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary><c>/test</c>: asks the very judge that enforces what would become of destinations.</summary>
internal sealed class TestEndpoints(SandboxRegistry registry, PolicyBook book)
{
    private const int MaxDestinations = 1_000;

    public async Task PostAsync(HttpContext context)
    {
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.TestRequest);
        if (request is null || (problem = Find(request, out var judge)) is not null)
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("The body is empty."));
            return;
        }

        var answers = new List<TestAnswer>();
        foreach (var destination in request.Destinations)
        {
            if (!TestDestination.TryParse(destination, out var asked, out var fault))
            {
                await Answers.WriteAsync(context, Problem.Invalid($"destinations: {fault.Message}: {fault.Fix}."));
                return;
            }

            answers.Add(TestAnswers.Of(judge, asked));
        }

        await Answers.WriteAsync(context, answers, ApiJson.Default.IReadOnlyListTestAnswer);
    }

    private Problem? Find(TestRequest request, out Judge judge)
    {
        judge = default;
        // The serializer lets null pass as an element of a list.
        if (request.Destinations.Count is 0 or > MaxDestinations || request.Destinations.Any(string.IsNullOrEmpty))
        {
            return Problem.Invalid($"destinations: write 1 to {MaxDestinations}, such as \"pypi.org\" or \"203.0.113.9:443\".");
        }

        if (request is { Sandbox: { } id, Policy: null })
        {
            if (registry.Get(id) is not { } sandbox)
            {
                return Problem.NotFound($"There is no sandbox \"{id}\".");
            }

            judge = book.JudgeFor(sandbox);
            return null;
        }

        if (request is { Sandbox: null, Policy: { } policy })
        {
            if (book.JudgeForPolicy(policy) is not { } found)
            {
                return KnownPolicy.Check(book, policy) ?? Problem.Invalid($"policy: no version of \"{policy}\" could be read: {book.LoadError(policy)}");
            }

            judge = found;
            return null;
        }

        return Problem.Invalid("Name either a sandbox or a policy.");
    }
}
