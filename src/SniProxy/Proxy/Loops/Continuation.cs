using System.Threading.Tasks.Sources;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// What awaits a result of a loop. It goes on right there, in the middle of the loop's round, because whoever completes it is on the loop
/// already. One at a time.
/// </summary>
internal struct Continuation
{
    private Action<object?>? action;
    private object? state;

    public void Await(Action<object?> continuation, object? with)
    {
        action = continuation;
        state = with;
    }

    public void GoOn()
    {
        var (call, with) = (action, state);
        (action, state) = (null, null);
        call?.Invoke(with);
    }

    public static ValueTaskSourceStatus Status(bool isDone) => isDone ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
}
