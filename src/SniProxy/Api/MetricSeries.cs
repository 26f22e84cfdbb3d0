namespace SniProxy.Api;

/// <summary>One line of numbers (or one histogram): safe to measure from any thread while it is being read.</summary>
/// <param name="labels">Its labels as the text format writes them, without braces.</param>
/// <param name="bounds">Upper bounds of a histogram's buckets, else none.</param>
internal sealed class MetricSeries(string labels, double[] bounds)
{
    private readonly long[] buckets = new long[bounds.Length + 1];
    private long integral;
    private double real;

    public string Labels => labels;

    /// <summary>The collection that saw it last; what is observed but was not seen this time no longer exists.</summary>
    public long SeenIn { get; set; }

    public double Value => Interlocked.Read(ref integral) + Volatile.Read(ref real);

    public void Add(long value) => Interlocked.Add(ref integral, value);

    public void Add(double value)
    {
        var current = Volatile.Read(ref real);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref real, current + value, current);
            if (before.Equals(current))
            {
                return;
            }

            current = before;
        }
    }

    public void Set(double value) => Volatile.Write(ref real, value);

    public void Observe(double value)
    {
        var bucket = 0;
        for (var end = bounds.Length; bucket < end;)
        {
            var middle = (bucket + end) >>> 1;
            (bucket, end) = value > bounds[middle] ? (middle + 1, end) : (bucket, middle);
        }

        Interlocked.Increment(ref buckets[bucket]);
        Add(value);
    }

    public long Bucket(int index) => Interlocked.Read(ref buckets[index]);
}
