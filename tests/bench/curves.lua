--- How the cost of a request grows with one thing while all else stays small.
--
-- A curve is a table with `name`, `title`, `axis`: what grows; `points`: how much there is of it;
-- `figure`: "ratio" to show what a request costs × the relay at the same point, "growth" × the same
-- peer at the first point; and `cases`, one for each point, like those of cases.lua, with `point`
-- and `first`: the name of the first one.

local curves = {
  { name = "connections", title = "client connections, each of which asks all the time",
    axis = "client connections", points = { 1, 10, 100, 1000, 10000 }, figure = "ratio" },
  { name = "backends", title = "backends, 64 client connections",
    axis = "backends", points = { 3, 10, 100, 1000, 10000 }, figure = "growth" },
  { name = "fields", title = "fields of a request's head, 60 bytes each, 64 client connections",
    axis = "fields", points = { 10, 25, 50, 100 }, figure = "growth" },
}

-- Connections to backends that luaproxy keeps: with more it has to open new ones.
local KEPT = 4096

for _, curve in ipairs(curves) do
  curve.cases = {}
  for i, point in ipairs(curve.points) do
    local case = { name = curve.name .. "@" .. point, title = curve.title, kind = "flat_out",
      path = "/128", size = 128, connections = 64, backends = 3, fields = 1, alone = true,
      method = "GET", body = 0, base = "relay", first = curve.name .. "@" .. curve.points[1],
      point = point, may_reconnect = point > KEPT }
    case[curve.name] = point
    curve.cases[i] = case
  end
end

return curves
