--- The probes that Prequal chooses by: what a few backends said of themselves a moment ago.
--
-- They are in no order, from 1 to `n`. A probe that is taken away leaves its table to the next one,
-- so nothing is left to the collector.

local probes = {}
probes.__index = probes

--- Room for so many probes.
-- @tparam number size
-- @treturn table
function probes.new(size)
  return setmetatable({ n = 0, size = size }, probes)
end

--- The oldest.
-- @treturn ?table nil if there is none
function probes:oldest()
  local found
  for at = 1, self.n do
    if not found or self[at].moment < found.moment then found = self[at] end
  end
  return found
end

-- The table for a probe of a backend: that of its last one, a new one, or that of the oldest.
local function table_for(self, backend)
  for at = 1, self.n do
    if self[at].backend == backend then return self[at] end
  end
  if self.n == self.size then return self:oldest() end
  self.n = self.n + 1
  self[self.n] = self[self.n] or {}
  return self[self.n]
end

--- Puts in a probe.
-- @tparam table backend
-- @tparam number inflight requests
-- @tparam number latency seconds
-- @tparam number moment when
-- @tparam number uses how often it may be used
function probes:put(backend, inflight, latency, moment, uses)
  local probe = table_for(self, backend)
  probe.backend, probe.inflight, probe.latency = backend, inflight, latency
  probe.moment, probe.uses = moment, uses
end

--- Takes one away, if it is still there; the last gets its place.
-- @tparam ?table probe
function probes:drop(probe)
  local n = self.n
  for at = 1, n do
    if self[at] == probe then
      self[at], self[n], self.n = self[n], probe, n - 1
      return
    end
  end
end

--- Takes away those from before a moment.
-- @tparam number moment
function probes:drop_before(moment)
  for at = self.n, 1, -1 do
    if self[at].moment < moment then self:drop(self[at]) end
  end
end

--- Uses one: its backend will have a request more than it says. Chance decides whether a fraction
-- of a use that is left is one more.
-- @tparam table probe
-- @tparam function random
function probes:use(probe, random)
  local left = probe.uses - 1
  probe.inflight = probe.inflight + 1
  if left > 0 and left < 1 and random() < left then left = 1 end
  probe.uses = left
  if left < 1 then self:drop(probe) end
end

return probes
