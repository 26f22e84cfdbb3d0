namespace SniProxy.Enforcement;

/// <summary>Makes probes side by side, each with a time limit. Whatever goes wrong with one is that probe's failure, never a pass.</summary>
internal static class ProbeRunner
{
    /// <summary>Several times what the slowest probe takes on a busy machine.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(5);

    /// <summary>The outcomes, in the order of the checks.</summary>
    public static async Task<IReadOnlyList<Probe>> RunAsync(IEnumerable<ProbeCheck> checks, TimeSpan limit, CancellationToken cancellation = default) =>
        await Task.WhenAll(checks.Select(check => MakeAsync(check, limit, cancellation)));

    private static async Task<Probe> MakeAsync(ProbeCheck check, TimeSpan limit, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit);
        try
        {
            // Off the caller's thread, and left behind when it does not heed the token: one that hangs must not hang the others.
            return await Task.Run(() => check.MakeAsync(deadline.Token), deadline.Token).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Probe.Fail(check.Name, $"no answer within {limit.TotalSeconds:0.#} s", "see whether the machine is overloaded, then run `sniproxy doctor` again");
        }
        catch (MissingCapabilityException error)
        {
            return Probe.Fail(check.Name, $"{error.Missing.What} is missing", error.Missing.Fix);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Probe.Fail(check.Name, error.Message, "see the detail");
        }
    }
}
