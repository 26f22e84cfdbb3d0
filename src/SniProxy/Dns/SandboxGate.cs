namespace SniProxy.Dns;

/// <summary>The counts of one sandbox: a bucket of tokens that fills by the second and holds a second's worth, and what is under way.</summary>
internal sealed class SandboxGate(DnsOptions options, TimeProvider clock)
{
    private const string TooFast = "more questions a second than Dns:QueriesPerSecondPerSandbox lets a sandbox ask";
    private const string TooMany = "as many questions under way as Dns:InFlightPerSandbox lets a sandbox have";

    private readonly Lock gate = new();
    private double tokens = options.QueriesPerSecondPerSandbox;
    private long filledAt = clock.GetTimestamp();
    private int inFlight;
    private int connections;

    public SandboxTurn Enter(long now)
    {
        lock (gate)
        {
            Fill(now);
            if (tokens >= 1 && inFlight < options.InFlightPerSandbox)
            {
                tokens--;
                inFlight++;
                return new SandboxTurn(this);
            }

            return new SandboxTurn(null, tokens < 1 ? TooFast : TooMany);
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            inFlight--;
        }
    }

    public bool TryOpenConnection()
    {
        lock (gate)
        {
            if (connections >= options.TcpConnectionsPerSandbox)
            {
                return false;
            }

            connections++;
            return true;
        }
    }

    public void CloseConnection()
    {
        lock (gate)
        {
            connections--;
        }
    }

    public bool IsIdle(TimeSpan since)
    {
        lock (gate)
        {
            return inFlight == 0 && connections == 0 && clock.GetElapsedTime(filledAt) >= since;
        }
    }

    // Who asked a moment before another one may enter after it.
    private void Fill(long now)
    {
        if (now > filledAt)
        {
            var filled = tokens + (clock.GetElapsedTime(filledAt, now).TotalSeconds * options.QueriesPerSecondPerSandbox);
            tokens = Math.Min(filled, options.QueriesPerSecondPerSandbox);
            filledAt = now;
        }
    }
}
