using System.Text;
using SniProxy.Events;

namespace SniProxy.Tests.Events;

/// <summary>What waits to be written comes out as it went in, several batches at a time.</summary>
public sealed class EventQueueTests
{
    private const int Events = 1000;

    [Fact]
    public void ManyBatchesComeOutInOrder()
    {
        var queue = new EventQueue(new EventLimits());
        var expected = Enumerable.Range(0, Events).Select(number => Offer(queue, number)).ToList();
        var written = new List<string>();
        var peeks = 0;
        while (written.Count < Events)
        {
            var batches = queue.Peek(out var isAll);

            // Whoever could not write them finds the same ones again, and what came meanwhile behind them.
            expected.Add(Offer(queue, Events + ++peeks));
            Assert.Equal(Fields(batches), Fields(queue.Peek(out var isStillAll)));
            Assert.False(isStillAll);
            Assert.Equal(written.Count + Fields(batches).Count == expected.Count - 1, isAll);
            written.AddRange(Fields(batches));
            queue.Remove();
        }

        while (queue.Waiting() > 0)
        {
            written.AddRange(Fields(queue.Peek(out _)));
            queue.Remove();
        }

        Assert.Equal(expected, written);

        // A thousand lines are a dozen batches, of which four are one write.
        Assert.InRange(peeks, 2, 6);
    }

    private static string Offer(EventQueue queue, int number)
    {
        var denial = Sample.Denied(number);
        Assert.Equal(Admission.Queued, queue.Offer(denial, out _));
        return Encoding.UTF8.GetString(EventLines.FieldsOf(denial));
    }

    private static List<string> Fields(IReadOnlyList<EventLines> batches)
    {
        var fields = new List<string>();
        foreach (var batch in batches)
        {
            foreach (var one in batch)
            {
                fields.Add(Encoding.UTF8.GetString(one));
            }
        }

        return fields;
    }
}
