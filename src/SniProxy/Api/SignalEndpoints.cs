using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary><c>/sandboxes/{id}/signals</c>: what a sandbox is said to have done, for rules that ask for it.</summary>
internal sealed class SignalEndpoints(SandboxRegistry registry, PolicyBook book)
{
    public async Task PostAsync(HttpContext context)
    {
        var id = KnownSandbox.IdOf(context);
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.SignalRequest);
        if (request is null || !Signal.IsName(request.Name))
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("name: write 1 to 64 letters, digits, and - _ . of ASCII, beginning with a letter or digit."));
            return;
        }

        if (registry.GiveSignal(id, request.Name, ApiGate.ActorOf(context)) is { } sandbox)
        {
            await Answers.WriteAsync(context, SandboxAnswers.Of(sandbox, book), ApiJson.Default.SandboxAnswer);
            return;
        }

        await Answers.WriteAsync(context, registry.Get(id) is null
            ? KnownSandbox.Missing(id)
            : Problem.Conflict($"name: the sandbox has {Signal.MaxOfSandbox} signals already; give one of those again, or wait until they are {RuleWhen.MaxWithin.TotalDays} days old."));
    }
}
