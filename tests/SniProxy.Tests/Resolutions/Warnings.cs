using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SniProxy.Tests.Resolutions;

/// <summary>What an operator is warned of.</summary>
internal sealed class Warnings<T> : ILogger<T>
{
    public ConcurrentQueue<string> Told { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Told.Enqueue(formatter(state, exception));
        }
    }
}
