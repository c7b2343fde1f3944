--- Figures as pictures, drawn by gnuplot: bars for each case, lines for each curve.

local kit = require "spec.support.kit"

local picture = {}

local LABELS = { load = "CPU µs a request", start = "ms", memory = "bytes a connection",
  tail = "p99.9, ms", pause = "the longest pause, ms" }

local HEAD = [[
set terminal svg size 800,420 font "sans,13" background rgb "white"
set output "%s"
set title "%s" noenhanced
set ylabel "%s"
set yrange [0:*]
set grid ytics linecolor rgb "#dddddd"
set key top left
]]

local BARS = [[
set style data histograms
set style histogram rowstacked
set style fill solid 0.85 border rgb "white"
set boxwidth 0.7
set xtics rotate by -25 noenhanced
set offsets 0, 0, graph 0.08, 0
set style arrow 1 heads size screen 0.008,90 linecolor rgb "#444444"
]]

-- Two pieces a bar; the whiskers go from the least to the most there was.
local SPLIT = [[
plot $data using 2:xtic(1) title "user" linecolor rgb "#2f6f9f", \
     $data using 3 title "system" linecolor rgb "#b9cfe0", \
     $data using 0:5:(0):($6-$5) with vectors arrowstyle 1 notitle
]]

local WHOLE = [[
plot $data using 4:xtic(1) notitle linecolor rgb "#2f6f9f", \
     $data using 0:5:(0):($6-$5) with vectors arrowstyle 1 notitle
]]

-- A line for each peer; the whiskers go from the least to the most there was.
local LINES = [[
set logscale xy
set xlabel "%s"
set yrange [0.9:*]
set ytics (1, 1.2, 1.5, 2, 3, 5, 10, 20, 50)
set style data yerrorlines
set format x "%%.0f"
]]

local function median(spread)
  return spread and spread.median or 0
end

-- Peer, user, system, and the figure that counts with its least and most. Medians of parts need
-- not add up to that of the whole; here they do.
local function data_of(summaries)
  local lines = { "$data << END" }
  for _, s in ipairs(summaries) do
    local user, system = median(s.user), median(s.system)
    local scale = user + system > 0 and s.main.median / (user + system) or 0
    lines[#lines + 1] = ('"%s" %.6g %.6g %.6g %.6g %.6g'):format(s.peer, user * scale,
      system * scale, s.main.median, s.main.min, s.main.max)
  end
  lines[#lines + 1] = "END\n"
  return table.concat(lines, "\n")
end

local function run(script, name)
  local code, _, said = kit.run { "gnuplot", stdin = script }
  return code ~= 0 and ("no picture of %s: %s"):format(name, said) or nil
end

--- Draws what the peers spend in a case.
-- @tparam table case of cases.lua
-- @tparam {table,...} summaries of `results:summary`
-- @tparam string path of the SVG file to be written
-- @treturn ?string why there is none
function picture.draw(case, summaries, path)
  local title = ("%s: %s"):format(case.name, case.title)
  return run(HEAD:format(path, title, LABELS[case.kind]) .. BARS .. data_of(summaries)
    .. (case.kind == "load" and SPLIT or WHOLE), case.name)
end

--- Draws what the peers spend along a curve.
-- @tparam table curve of curves.lua
-- @tparam {table,...} series of `results:series`
-- @tparam string path of the SVG file to be written
-- @treturn ?string why there is none
function picture.curve(curve, series, path)
  local blocks, plots = {}, {}
  for i, one in ipairs(series) do
    blocks[#blocks + 1] = ("$peer%d << END"):format(i)
    for _, summary in ipairs(one) do
      local spread = summary[curve.figure]
      if spread then
        blocks[#blocks + 1] = ("%d %.6g %.6g %.6g"):format(summary.point.min, spread.median,
          spread.min, spread.max)
      end
    end
    blocks[#blocks + 1] = "END"
    plots[i] = ('$peer%d using 1:2:3:4 title "%s" linewidth 2'):format(i, one.peer)
  end
  local label = "CPU a request, × " .. (curve.figure == "ratio" and "the relay's" or "the first")
  return run(HEAD:format(path, curve.title, label) .. LINES:format(curve.axis)
    .. table.concat(blocks, "\n") .. "\nplot " .. table.concat(plots, ", ") .. "\n", curve.name)
end

return picture
