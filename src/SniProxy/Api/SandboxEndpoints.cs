using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary><c>/sandboxes</c>: who is known, and what stands for them.</summary>
internal sealed class SandboxEndpoints(SandboxRegistry registry, PolicyBook book)
{
    private const int MaxIdLength = 128;
    private const int MaxAddresses = 64;
    private const int MaxLabels = 64;
    private const int MaxLabelLength = 256;

    // IFNAMSIZ of linux/if.h, without the closing zero.
    private const int MaxInterfaceLength = 15;

    public async Task ListAsync(HttpContext context)
    {
        if (Page.TryCut(context, registry.List(), sandbox => sandbox.Id, out var items, out var next) is { } problem)
        {
            await Answers.WriteAsync(context, problem);
            return;
        }

        await Answers.WriteAsync(context, new ListOf<SandboxAnswer>([.. items.Select(AnswerOf)], next), ApiJson.Default.ListOfSandboxAnswer);
    }

    public Task GetAsync(HttpContext context) => registry.Get(KnownSandbox.IdOf(context)) is { } sandbox
        ? Answers.WriteAsync(context, AnswerOf(sandbox), ApiJson.Default.SandboxAnswer)
        : Answers.WriteAsync(context, KnownSandbox.Missing(context));

    public async Task PutAsync(HttpContext context)
    {
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.SandboxRequest);
        if (request is null || (problem = Read(KnownSandbox.IdOf(context), request, out var registration)) is not null || registration is null)
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("The body is empty."));
            return;
        }

        try
        {
            var isNew = registry.Get(registration.Id) is null;
            var sandbox = registry.Put(registration, ApiGate.ActorOf(context));
            await Answers.WriteAsync(context, AnswerOf(sandbox), ApiJson.Default.SandboxAnswer, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
        }
        catch (TakenAddressException taken)
        {
            await Answers.WriteAsync(context, Problem.Conflict($"addresses: the sandbox \"{taken.Owner.Id}\" has one of them already; give each sandbox addresses of its own."));
        }
    }

    public Task DeleteAsync(HttpContext context)
    {
        if (!registry.Remove(KnownSandbox.IdOf(context), ApiGate.ActorOf(context)))
        {
            return Answers.WriteAsync(context, KnownSandbox.Missing(context));
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public async Task PutModeAsync(HttpContext context)
    {
        var (request, problem) = await RequestBody.ReadAsync(context, ApiJson.Default.ModeRequest);
        if (request is null || (problem = Read(request, out var change)) is not null || change is null)
        {
            await Answers.WriteAsync(context, problem ?? Problem.Invalid("The body is empty."));
            return;
        }

        if (registry.Change(KnownSandbox.IdOf(context), change, ApiGate.ActorOf(context)) is not { } sandbox)
        {
            await Answers.WriteAsync(context, KnownSandbox.Missing(context));
            return;
        }

        await Answers.WriteAsync(context, AnswerOf(sandbox), ApiJson.Default.SandboxAnswer);
    }

    private SandboxAnswer AnswerOf(Sandbox sandbox) => SandboxAnswers.Of(sandbox, book);

    private Problem? Read(string id, SandboxRequest request, out SandboxRegistration? registration)
    {
        registration = null;
        if (id.Length > MaxIdLength || !id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or ':'))
        {
            return Problem.Invalid($"id: write 1 to {MaxIdLength} letters, digits, and - _ . : of ASCII.");
        }

        if (request.Addresses.Count is 0 or > MaxAddresses)
        {
            return Problem.Invalid($"addresses: write 1 to {MaxAddresses}; without one nothing can be known to come from the sandbox.");
        }

        if (request.Interface is { } name && (name.Length is 0 or > MaxInterfaceLength || name.Any(letter => letter is '/' or ' ' || char.IsControl(letter))))
        {
            return Problem.Invalid($"interface: \"{name}\" cannot be the name of one.");
        }

        if (request.Labels is { } labels && (labels.Count > MaxLabels || !labels.All(label => IsLabel(label.Key) && IsLabel(label.Value))))
        {
            return Problem.Invalid($"labels: write at most {MaxLabels}, names and values of 1 to {MaxLabelLength} printable letters.");
        }

        var addresses = new List<Address>();
        foreach (var text in request.Addresses)
        {
            if (!Address.TryParse(text, out var address) || address.IsUnspecified)
            {
                return Problem.Invalid($"addresses: \"{text}\" is not an address such as 10.77.0.2 or fd77::2.");
            }

            addresses.Add(address);
        }

        if (Read(request.Mode, out var mode) is { } problem || (problem = request.Policy is { } policy ? KnownPolicy.Check(book, policy) : null) is not null)
        {
            return problem;
        }

        registration = new SandboxRegistration
        {
            Id = id,
            Addresses = [.. addresses.Distinct()],
            Interface = request.Interface,
            Policy = request.Policy,
            Mode = mode,
            Strict = request.Strict,
            Paused = request.Paused,
            Labels = request.Labels ?? new Dictionary<string, string>(),
        };
        return null;
    }

    private static bool IsLabel(string? text) => text is { Length: > 0 and <= MaxLabelLength } && !text.Any(char.IsControl);

    private Problem? Read(ModeRequest request, out SandboxChange? change)
    {
        change = null;
        if (request == new ModeRequest())
        {
            return Problem.Invalid("Nothing is to be changed: send policy, mode, strict or paused.");
        }

        if (Read(request.Mode, out var mode) is { } problem || (problem = request.Policy is { } policy ? KnownPolicy.Check(book, policy) : null) is not null)
        {
            return problem;
        }

        change = new SandboxChange(request.Policy, mode, request.Strict, request.Paused);
        return null;
    }

    private static Problem? Read(string? word, out Mode? mode)
    {
        mode = null;
        foreach (var known in Enum.GetValues<Mode>())
        {
            if (string.Equals(known.Identifier(), word, StringComparison.OrdinalIgnoreCase))
            {
                mode = known;
            }
        }

        return word is null || mode is not null ? null : Problem.Invalid($"mode: \"{word}\" is none; write enforce, shadow or observe.");
    }
}
