-- A policy that makes garbage: some 4 KB of tables and strings for every pick. It also remembers
-- the last 2,000 clients, a third of a megabyte, so that the collector has something to keep.

local WORDS = 24
local REMEMBERED = 2000

local clients, order, oldest = {}, {}, 1
local picks = 0

local function remember(ip, id)
  local visit = clients[ip]
  if not visit then
    if order[oldest] then clients[order[oldest]] = nil end
    order[oldest] = ip
    oldest = oldest % REMEMBERED + 1
    visit = { count = 0 }
    clients[ip] = visit
  end
  visit.count, visit.id = visit.count + 1, id
end

return {
  pick = function(up, req)
    picks = picks + 1
    local words = {}
    for i = 1, WORDS do words[i] = { text = picks .. "-" .. i, place = i } end
    local chosen = up[picks % #up + 1]
    remember(req.client.ip, chosen.id .. words[picks % WORDS + 1].text)
    return chosen
  end,
}
