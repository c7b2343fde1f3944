-- Runs inside wrk: sets up the request, and says at the end what came of it, in one line.
-- wrk ... -s tests/bench/wrk.lua URL -- METHOD BODY-BYTES CONNECTION
-- BODY-BYTES is 0 for no body; CONNECTION is "keep-alive", which is not said, or "close".

function init(args)
  wrk.method = args[1]
  if args[2] ~= "0" then wrk.body = string.rep("x", tonumber(args[2])) end
  if args[3] == "close" then wrk.headers["Connection"] = "close" end
end

function done(summary, latency)
  local e = summary.errors
  print(("bench requests=%d bytes=%d duration=%d errors=%d bad=%d p50=%d p99=%d p999=%d"):format(
    summary.requests, summary.bytes, summary.duration,
    e.connect + e.read + e.write + e.timeout, e.status,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
