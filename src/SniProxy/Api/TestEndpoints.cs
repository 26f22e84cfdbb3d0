using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary><c>/test</c>: asks the very judge that enforces what would become of destinations, and of flows whose facts are told one by one.</summary>
internal sealed class TestEndpoints(SandboxRegistry registry, PolicyBook book, AskedNames names)
{
    private const int MaxQuestions = 1_000;

    // Of a long list of names as many are resolved side by side.
    private const int MaxAtOnce = 32;

    public async Task PostAsync(HttpContext context)
    {
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.TestRequest);
        if (request is null || (problem = Find(request, out var judge, out var sandbox)) is not null || (problem = Read(request, judge, sandbox, out var questions)) is not null)
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("The body is empty."));
            return;
        }

        var answers = new List<TestAnswer>();
        foreach (var some in questions.Chunk(MaxAtOnce))
        {
            var explained = await Task.WhenAll(some.Select(question => question()));
            answers.AddRange(explained.Select(one => TestAnswers.Of(judge, one)));
        }

        await Answers.WriteAsync(context, answers, ApiJson.Default.IReadOnlyListTestAnswer);
    }

    private async Task<Explanation> ExplainAsync(Judge judge, TestDestination destination, Sandbox? sandbox)
    {
        var known = new KnownBindings { IsServerFirst = names.IsServerFirst(destination.Port) };
        if (sandbox is null)
        {
            return judge.Explain(destination, known);
        }

        if (destination.Name is null && names.SyntheticNameOf(sandbox, destination.Address) is { } meant)
        {
            destination = destination.Named(meant);
        }

        // What our DNS would not answer is not asked for upstream here either. A client that is given no address opens no connection: it is told
        // what its name would get.
        var found = destination.Name is { } name && !judge.JudgeName(name).IsDenied ? await names.ResolveAsync(sandbox.Lifecycle, name) : new KnownBindings();
        return judge.Explain(destination, found with { IsResolved = false, IsServerFirst = known.IsServerFirst, NamesOf = address => names.NamesOf(sandbox.Lifecycle, address) });
    }

    private async Task<Explanation> ExplainAsync(Judge judge, AskedFlow asked, Sandbox? sandbox)
    {
        var known = asked.Resolved is { } told ? new KnownBindings { Addresses = told, IsResolved = true }
            : sandbox is not null && asked.Flow.Name is { } name && judge.DependsOnAddresses(asked.Flow) ? await names.ResolveAsync(sandbox.Lifecycle, name)
            : new KnownBindings();
        return judge.Explain(asked.Flow, known);
    }

    private Problem? Read(TestRequest request, Judge judge, Sandbox? sandbox, out IReadOnlyList<Func<Task<Explanation>>> questions)
    {
        var read = new List<Func<Task<Explanation>>>();
        questions = read;
        foreach (var text in request.Destinations ?? [])
        {
            if (!TestDestination.TryParse(text, out var destination, out var fault))
            {
                return Problem.Invalid($"destinations: {fault.Message}: {fault.Fix}.");
            }

            read.Add(() => ExplainAsync(judge, destination, sandbox));
        }

        foreach (var text in request.Flows ?? [])
        {
            if (AskedFlow.Read(text, names, sandbox, out var fault) is not { } flow)
            {
                return Problem.Invalid($"flows: {fault}");
            }

            read.Add(() => ExplainAsync(judge, flow, sandbox));
        }

        return null;
    }

    private Problem? Find(TestRequest request, out Judge judge, out Sandbox? sandbox)
    {
        judge = default;
        sandbox = null;

        // The serializer lets null pass as an element of a list.
        var (destinations, flows) = (request.Destinations ?? [], request.Flows ?? []);
        if (destinations.Count + flows.Count is 0 or > MaxQuestions || destinations.Any(string.IsNullOrEmpty) || flows.Any(flow => flow is null))
        {
            return Problem.Invalid($"destinations: write 1 to {MaxQuestions}, such as \"pypi.org\" or \"203.0.113.9:443\".");
        }

        if (request is { Sandbox: { } id, Policy: null })
        {
            if (registry.Get(id) is not { } known)
            {
                return KnownSandbox.Missing(id);
            }

            judge = book.JudgeFor(known);
            sandbox = known;
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
